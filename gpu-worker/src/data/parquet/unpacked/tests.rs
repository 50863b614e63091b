//! The pages here go the way of a file's: checked, then decoded by the reader.

use std::sync::Arc;
use std::vec::IntoIter;

use ::parquet::column::reader::{ColumnReader, get_column_reader};
use ::parquet::schema::types::{ColumnPath, Type as SchemaType};
use proptest::prelude::*;

use super::*;

/// Pages as if they had been unpacked.
struct Unpacked(IntoIter<Page>);

impl Iterator for Unpacked {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Ok)
    }
}

impl PageReader for Unpacked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.next().transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        let next = self.0.as_slice().first();
        Ok(next.map(|page| PageMetadata {
            num_rows: None,
            num_levels: Some(page.num_values() as usize),
            is_dict: page.is_dictionary_page(),
        }))
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.next().map_or(Ok(()), |page| page.map(drop))
    }
}

fn column(kind: Type, [repetition, definition]: [i16; 2]) -> ColumnDescPtr {
    let primitive = SchemaType::primitive_type_builder("a", kind).build().expect("a column");
    let path = ColumnPath::from("a");
    Arc::new(ColumnDescriptor::new(Arc::new(primitive), definition, repetition, path))
}

/// Reads pages of a column: how many values there are.
fn read(kind: Type, highest: [i16; 2], pages: Vec<Page>) -> Result<usize> {
    let column = column(kind, highest);
    let pages = Checked::new(Box::new(Unpacked(pages.into_iter())), column.clone());
    let (mut there, mut starts) = (Vec::new(), Vec::new());
    macro_rules! count {
        ($column:expr) => {{
            let (mut values, mut column) = (Vec::new(), $column);
            while column
                .read_records(16, Some(&mut there), Some(&mut starts), &mut values)?
                .0
                > 0
            {}
            values.len()
        }};
    }
    Ok(match get_column_reader(column, Box::new(pages)) {
        ColumnReader::BoolColumnReader(column) => count!(column),
        ColumnReader::Int32ColumnReader(column) => count!(column),
        ColumnReader::Int64ColumnReader(column) => count!(column),
        ColumnReader::FloatColumnReader(column) => count!(column),
        ColumnReader::DoubleColumnReader(column) => count!(column),
        ColumnReader::ByteArrayColumnReader(column) => count!(column),
        ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => 0,
    })
}

/// A page of the first form, its levels in runs.
fn page(encoding: Encoding, values: u32, bytes: &[u8]) -> Page {
    Page::DataPage {
        buf: bytes.to_vec().into(),
        num_values: values,
        encoding,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    }
}

fn dictionary(entries: u32, bytes: &[u8]) -> Page {
    Page::DictionaryPage {
        buf: bytes.to_vec().into(),
        num_values: entries,
        encoding: Encoding::PLAIN,
        is_sorted: false,
    }
}

/// A column that holds a value in each row.
const REQUIRED: [i16; 2] = [0, 0];
/// A number that never ends.
const ENDLESS: [u8; 11] = [0xff; 11];

fn refusal(kind: Type, pages: Vec<Page>) -> String {
    let read = read(kind, REQUIRED, pages);
    read.expect_err("a page that cannot be").to_string()
}

#[test]
fn split_values_with_fewer_bytes_than_they_take_are_refused() {
    for (kind, size) in [(Type::INT32, 4), (Type::FLOAT, 4), (Type::INT64, 8), (Type::DOUBLE, 8)] {
        let split = |bytes| vec![page(Encoding::BYTE_STREAM_SPLIT, 3, &vec![1; bytes])];
        assert_eq!(read(kind, REQUIRED, split(3 * size)).expect("all of them"), 3);
        let refusal = refusal(kind, split(3 * size - 1));
        assert!(refusal.contains("a page of 3 values has"), "{refusal}");
    }
}

#[test]
fn texts_that_end_before_their_length_does_are_refused() {
    let bytes = [2, 0, 0, 0, b'a', b'b', 1, 0, 0, 0, b'c'];
    let kind = Type::BYTE_ARRAY;
    let texts = |bytes: &[u8]| vec![page(Encoding::PLAIN, 2, bytes)];
    assert_eq!(read(kind, REQUIRED, texts(&bytes)).expect("two"), 2);
    for end in 0..bytes.len() {
        let refusal = refusal(kind, texts(&bytes[..end]));
        assert!(refusal.contains("a page of 2 values has bytes of"), "{refusal}");
    }
    let places = page(Encoding::RLE_DICTIONARY, 1, &[0, 2]);
    assert_eq!(
        read(kind, REQUIRED, vec![dictionary(2, &bytes), places.clone()]).expect("one"),
        1
    );
    assert!(refusal(kind, vec![dictionary(2, &bytes[..9]), places]).contains("has bytes of 1"));
}

#[test]
fn a_dictionary_of_more_entries_than_it_has_bytes_for_is_refused() {
    for kind in [Type::BOOLEAN, Type::INT32, Type::DOUBLE, Type::BYTE_ARRAY] {
        let refusal = refusal(kind, vec![dictionary(u32::MAX, &[0; 16])]);
        assert!(refusal.contains("a page of 4294967295 values has"), "{refusal}");
    }
}

#[test]
fn runs_whose_lengths_do_not_end_are_refused() {
    let length = u32::try_from(ENDLESS.len()).expect("short").to_le_bytes();
    let prefixed = [&length[..], &ENDLESS].concat();
    let number = format!("more than {MAX_NUMBER_BYTES} bytes");
    assert!(refusal(Type::BOOLEAN, vec![page(Encoding::RLE, 1, &prefixed)]).contains(&number));
    let places = page(Encoding::RLE_DICTIONARY, 1, &[&[1], &ENDLESS[..]].concat());
    assert!(refusal(Type::INT32, vec![dictionary(1, &[0; 4]), places]).contains(&number));
    // In a run after the first, too, and where the levels are.
    let later = [&[2, 1][..], &ENDLESS].concat();
    for bytes in [&ENDLESS[..], &later] {
        let bytes = [
            &u32::try_from(bytes.len()).expect("short").to_le_bytes(),
            bytes,
            &[0; 4],
        ]
        .concat();
        for highest in [[0, 1], [1, 0]] {
            let refusal = read(Type::INT32, highest, vec![page(Encoding::PLAIN, 1, &bytes)]);
            assert!(refusal.expect_err("endless").to_string().contains(&number));
        }
    }
}

#[test]
#[expect(deprecated)]
fn packed_levels_longer_than_their_page_are_refused() {
    let page = |bytes: &[u8]| Page::DataPage {
        buf: bytes.to_vec().into(),
        num_values: 9,
        encoding: Encoding::RLE_DICTIONARY,
        def_level_encoding: Encoding::BIT_PACKED,
        rep_level_encoding: Encoding::BIT_PACKED,
        statistics: None,
    };
    let pages = |bytes| vec![dictionary(1, &[0; 4]), page(bytes)];
    let sound = [0xff, 1, 0, 18];
    assert_eq!(read(Type::INT32, [0, 1], pages(&sound)).expect("nine"), 9);
    let refusal = read(Type::INT32, [0, 1], pages(&sound[..1])).expect_err("one byte of two");
    assert!(refusal.to_string().contains("2 bytes are missing where 1 are left"));
}

#[test]
fn differences_that_are_not_there_are_refused() {
    let packed = |count, bytes: &[u8]| vec![page(Encoding::DELTA_BINARY_PACKED, count, bytes)];
    // Blocks of 128 in 4 parts, 3 values, the first 5; then one more each time: parts of no bits.
    let sound = [0x80, 1, 4, 3, 10, 2, 0, 0, 0, 0];
    assert_eq!(read(Type::INT64, REQUIRED, packed(3, &sound)).expect("three"), 3);
    assert!(refusal(Type::INT64, packed(4, &sound)).contains("a page of 4 values has 3"));
    for none in [&[0x80, 1, 4, 0, 10][..], &[0x80, 1, 4]] {
        assert!(refusal(Type::INT32, packed(1, none)).contains("a page of 1 values has"));
    }
    assert!(refusal(Type::INT32, packed(3, &sound[..8])).contains("4 bytes are missing where 2 are left"));
    let endless = [&sound[..5], &ENDLESS].concat();
    assert!(refusal(Type::INT32, packed(3, &endless)).contains("a number takes more than"));
    // As many values in a block as 64 bits count, and none.
    for block in [&[0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f][..], &[0]] {
        let bytes = [block, &sound[2..]].concat();
        assert!(refusal(Type::INT32, packed(3, &bytes)).contains("parts of blocks of"));
    }
}

#[test]
fn encodings_that_are_not_checked_are_refused_by_name() {
    for encoding in [
        Encoding::DELTA_BYTE_ARRAY,
        Encoding::DELTA_LENGTH_BYTE_ARRAY,
        Encoding::ALP,
    ] {
        let refusal = refusal(Type::BYTE_ARRAY, vec![page(encoding, 1, &[0; 16])]);
        let expected = format!("the encoding {encoding} is not read; save the file with");
        assert!(refusal.contains(&expected), "{refusal}");
    }
}

/// Bytes of a page: runs, lengths and numbers are small ones mostly.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => 0_u8..5, 1 => any::<u8>(), 1 => Just(0x80), 1 => Just(0xff)];
    prop::collection::vec(byte, 0..48)
}

fn data_page() -> impl Strategy<Value = Page> {
    let encodings = [
        Encoding::PLAIN,
        Encoding::RLE,
        Encoding::RLE_DICTIONARY,
        Encoding::BYTE_STREAM_SPLIT,
        Encoding::DELTA_BINARY_PACKED,
        Encoding::DELTA_LENGTH_BYTE_ARRAY,
        Encoding::DELTA_BYTE_ARRAY,
        Encoding::ALP,
    ];
    #[expect(deprecated)]
    let levels = prop::sample::select(vec![Encoding::RLE, Encoding::BIT_PACKED]);
    (
        prop::sample::select(encodings.to_vec()),
        bytes(),
        0_u32..40,
        levels,
        any::<[u8; 3]>(),
    )
        .prop_map(
            |(encoding, bytes, num_values, levels, [form, repetition, definition])| {
                // The head was refused for levels that are longer than the page.
                let repetition = u32::from(repetition) % (bytes.len() as u32 + 1);
                let definition = u32::from(definition) % (bytes.len() as u32 - repetition + 1);
                match form % 2 {
                    0 => Page::DataPage {
                        buf: bytes.into(),
                        num_values,
                        encoding,
                        def_level_encoding: levels,
                        rep_level_encoding: levels,
                        statistics: None,
                    },
                    _ => Page::DataPageV2 {
                        buf: bytes.into(),
                        num_values,
                        encoding,
                        num_nulls: u32::from(form) % 3,
                        num_rows: num_values,
                        def_levels_byte_len: definition,
                        rep_levels_byte_len: repetition,
                        is_compressed: false,
                        statistics: None,
                    },
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn pages_of_any_bytes_are_read_or_refused(
        kind in prop::sample::select(vec![
            Type::BOOLEAN,
            Type::INT32,
            Type::INT64,
            Type::FLOAT,
            Type::DOUBLE,
            Type::BYTE_ARRAY,
        ]),
        highest in prop::array::uniform2(0_i16..4),
        entries in (0_u32..8, bytes()),
        pages in prop::collection::vec(data_page(), 1..4),
    ) {
        let all = [vec![dictionary(entries.0, &entries.1)], pages].concat();
        if let Ok(values) = read(kind, highest, all.clone()) {
            prop_assert!(values <= all.iter().map(|page| page.num_values() as usize).sum());
        }
    }
}
