//! A zip archive of one stored file, so that a checksum does not keep a fuzzer from what is inside.

/// The archive's bytes.
pub fn of_one(name: &str, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a fuzzer's input is small");
    // Version, flags, method (stored), time, date, checksum, both sizes, the name's length, no extra field.
    let mut common = Vec::new();
    for word in [20_u16, 0, 0, 0, 0x21] {
        common.extend(word.to_le_bytes());
    }
    for word in [crc32(content), length, length] {
        common.extend(word.to_le_bytes());
    }
    common.extend((name.len() as u16).to_le_bytes());
    common.extend(0_u16.to_le_bytes());

    let mut archive = b"PK\x03\x04".to_vec();
    archive.extend(&common);
    archive.extend(name.as_bytes());
    archive.extend(content);
    let directory = archive.len() as u32;
    archive.extend(b"PK\x01\x02\x14\x00");
    archive.extend(&common);
    // Comment, disk, attributes, and where the file begins.
    archive.extend([0; 14]);
    archive.extend(name.as_bytes());
    let size = archive.len() as u32 - directory;
    archive.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    archive.extend(size.to_le_bytes());
    archive.extend(directory.to_le_bytes());
    archive.extend([0; 2]);
    archive
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
