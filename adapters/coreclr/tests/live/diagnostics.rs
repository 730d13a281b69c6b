//! A client of the runtime's diagnostics port, as far as it takes to ask a running program to load a profiler.
//!
//! Source: the protocol's public description (dotnet/diagnostics, documentation/design-docs/ipc-protocol.md).

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// What every message begins with.
const MAGIC: &[u8; 14] = b"DOTNET_IPC_V1\0";
/// Magic, size, command and what is reserved.
const HEADER: usize = 20;
/// AttachProfiler.
const ATTACH_PROFILER: [u8; 2] = [0x03, 0x01];

/// The library's class as the protocol wants it: the first three parts little-endian.
const CLASS: [u8; 16] =
    [0x1E, 0x2D, 0x50, 0x27, 0x75, 0x52, 0x19, 0x4E, 0xAA, 0xBE, 0xCE, 0xC5, 0x93, 0xC5, 0x84, 0x58];

/// Asks process `pid`, whose temporary folder is `folder`, to load the profiler `library`; the runtime's answer.
pub(crate) fn attach_profiler(folder: &Path, pid: u32, library: &Path) -> u32 {
    let path: Vec<u16> = library.to_str().expect("a path of the tests").encode_utf16().chain([0]).collect();
    let mut payload = Vec::new();
    payload.extend(600_000u32.to_le_bytes());
    payload.extend(CLASS);
    payload.extend((path.len() as u32).to_le_bytes());
    payload.extend(path.iter().flat_map(|unit| unit.to_le_bytes()));
    payload.extend(0u32.to_le_bytes());

    let mut message = MAGIC.to_vec();
    message.extend(((HEADER + payload.len()) as u16).to_le_bytes());
    message.extend(ATTACH_PROFILER);
    message.extend([0, 0]);
    message.extend(payload);

    let mut port = UnixStream::connect(port_of(folder, pid)).expect("the runtime listens");
    port.write_all(&message).expect("the runtime reads");
    let mut answer = Vec::new();
    port.read_to_end(&mut answer).expect("the runtime answers");
    let result = answer.get(HEADER..HEADER + 4).unwrap_or_else(|| panic!("no result in {answer:?}"));
    u32::from_le_bytes(result.try_into().expect("four bytes"))
}

/// The runtime makes its port before it runs any program.
fn port_of(folder: &Path, pid: u32) -> PathBuf {
    let start = format!("dotnet-diagnostic-{pid}-");
    let entries = fs::read_dir(folder).expect("the folder of the test");
    let mut paths = entries.map(|entry| entry.expect("a folder can be read").path());
    let port = paths.find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&start) && name.ends_with("-socket")
    });
    port.unwrap_or_else(|| panic!("no diagnostics port of {pid} in {}", folder.display()))
}
