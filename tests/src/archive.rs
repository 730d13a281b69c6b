//! Reading a static library: the common `ar` format, as `ar` and linkers on Unix write it.

/// One member of an archive.
pub struct Member<'a> {
    /// Its name as the header has it, without the trailing blanks; long names are references into the member `//`.
    pub name: String,
    /// Its bytes.
    pub data: &'a [u8],
}

const MAGIC: &[u8] = b"!<arch>\n";
const HEADER: usize = 60;

/// All members in order; panics when `archive` is not one.
pub fn members(archive: &[u8]) -> Vec<Member<'_>> {
    let mut rest = archive.strip_prefix(MAGIC).expect("the file is an archive");
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (header, after) = rest.split_at(HEADER);
        assert_eq!(&header[58..], b"`\n", "a member's header ends in a mark of its own");
        let text =
            |range| std::str::from_utf8(&header[range]).expect("headers are text").trim_end().to_owned();
        let size: usize = text(48..58).parse().expect("a member's size is a number");
        found.push(Member { name: text(0..16), data: &after[..size] });
        // Members start at even offsets.
        rest = &after[(size + size % 2).min(after.len())..];
    }
    found
}
