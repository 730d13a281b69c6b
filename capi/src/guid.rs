//! `GUID` and every interface id, in one table.

/// A 128-bit interface id, laid out as COM has it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_snake_case, reason = "COM's own member names; the header must show them")]
pub struct GUID {
    /// First group.
    pub Data1: u32,
    /// Second group.
    pub Data2: u16,
    /// Third group.
    pub Data3: u16,
    /// Fourth and fifth group, as bytes.
    pub Data4: [u8; 8],
}

impl GUID {
    /// The id whose text form is the hexadecimal digits of `value`, hyphens left out.
    pub const fn from_u128(value: u128) -> GUID {
        let bytes = value.to_be_bytes();
        GUID {
            Data1: (value >> 96) as u32,
            Data2: (value >> 80) as u16,
            Data3: (value >> 64) as u16,
            Data4: [bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]],
        }
    }
}

/// Interface ids.
#[allow(missing_docs, reason = "the name is the documentation")]
pub mod iid {
    use super::GUID;

    pub const IUNKNOWN: GUID = GUID::from_u128(0x00000000_0000_0000_c000_000000000046);
    pub const IHOST_CONTROL: GUID = GUID::from_u128(0x02ca073c_7079_4860_880a_c2f7a449c991);
    pub const IHOST_TASK_MANAGER: GUID = GUID::from_u128(0x997ff24c_43b7_4352_8667_0dc04fafd354);
    pub const IHOST_TASK: GUID = GUID::from_u128(0xc2275828_c4b1_4b55_82c9_92135f74df1a);
    pub const ICLR_TASK_MANAGER: GUID = GUID::from_u128(0x4862efbe_3ae5_44f8_8feb_346190ee8a34);
    pub const ICLR_TASK: GUID = GUID::from_u128(0x28e66a4a_9906_4225_b231_9187c3eb8611);
    pub const ICLR_TASK2: GUID = GUID::from_u128(0x28e66a4a_9906_4225_b231_9187c3eb8612);
}
