//! Thrift's compact protocol, stepped over before the reader of Parquet files sees it.
//!
//! That reader takes a field by its number for what the format says, whatever kind the file gives it, and steps over the fields that it
//! does not know by their kind. So here a known field of another kind is refused: from there on the two would read different things. Every
//! element of a list takes a byte at least, which bounds the work by the file's length.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Structures and lists within each other, where the format does not name them.
const MAX_DEPTH: u32 = 16;

/// What the format says that a field is.
pub enum Kind {
    /// An integer of 16 to 64 bits, or an enumeration.
    Number,
    /// An integer of 8 bits.
    Byte,
    /// A truth value.
    Truth,
    /// A number of double precision.
    Double,
    /// A text, or bytes.
    Bytes,
    /// A structure, or one of several: what its fields are, numbered from 1.
    Structure(&'static [Kind]),
    /// A list.
    List(&'static Kind),
    /// What the reader steps over.
    Any,
}

impl Kind {
    /// Whether a field of this kind may be marked so in the file.
    fn is(&self, mark: u8) -> bool {
        match self {
            Self::Number => matches!(mark, 4..=6),
            Self::Byte => mark == 3,
            Self::Truth => matches!(mark, 1 | 2),
            Self::Double => mark == 7,
            Self::Bytes => mark == 8,
            Self::Structure(_) => mark == 12,
            Self::List(_) => mark == 9,
            Self::Any => true,
        }
    }
}

/// Reads structures in a part of a file.
pub struct Thrift<R> {
    inner: BufReader<R>,
    at: u64,
    end: u64,
}

impl<R: Read + Seek> Thrift<R> {
    /// In `length` bytes from `start`.
    pub fn new(mut file: R, start: u64, length: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(start))?;
        Ok(Self {
            inner: BufReader::new(file),
            at: 0,
            end: length,
        })
    }

    /// Bytes that are left.
    pub fn left(&self) -> u64 {
        self.end - self.at
    }

    fn byte(&mut self) -> io::Result<u8> {
        if self.left() == 0 {
            return Err(broken("a structure does not end in its part of the file"));
        }
        let mut byte = [0];
        self.inner.read_exact(&mut byte)?;
        self.at += 1;
        Ok(byte[0])
    }

    /// Steps over bytes.
    pub fn skip(&mut self, bytes: u64) -> io::Result<()> {
        if bytes > self.left() {
            return Err(broken("it says that it is longer than its part of the file"));
        }
        let distance = i64::try_from(bytes).map_err(io::Error::other)?;
        self.inner.seek_relative(distance)?;
        self.at += bytes;
        Ok(())
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(broken("a number does not end"))
    }

    /// A field that is a number of 32 bits and not negative.
    pub fn count(&mut self, mark: u8) -> io::Result<u64> {
        expect(&Kind::Number, mark)?;
        let zigzag = self.varint()?;
        if zigzag & 1 == 1 || zigzag >> 1 > i32::MAX as u64 {
            return Err(broken("a length is negative or takes more than 32 bits"));
        }
        Ok(zigzag >> 1)
    }

    /// The mark of the next field, whose number counts from the last one's; none at the end of the structure.
    pub fn field(&mut self, number: &mut u64) -> io::Result<Option<u8>> {
        let byte = self.byte()?;
        if byte & 15 == 0 {
            return Ok(None);
        }
        *number = match byte >> 4 {
            // Zigzag: an odd one is negative.
            0 => match self.varint()? {
                zigzag if zigzag & 1 == 0 => zigzag >> 1,
                _ => return Err(broken("a field has a negative number")),
            },
            delta => *number + u64::from(delta),
        };
        if *number > i16::MAX as u64 {
            return Err(broken("a field's number takes more than 16 bits"));
        }
        Ok(Some(byte & 15))
    }

    /// Steps over a structure whose fields are these, numbered from 1, and others that the reader does not know.
    pub fn structure(&mut self, fields: &[Kind]) -> io::Result<()> {
        let mut number = 0;
        while let Some(mark) = self.field(&mut number)? {
            self.value(known(fields, number), mark)?;
        }
        Ok(())
    }

    /// Steps over a field's value.
    pub fn value(&mut self, kind: &Kind, mark: u8) -> io::Result<()> {
        expect(kind, mark)?;
        match kind {
            Kind::Structure(fields) => self.structure(fields),
            Kind::List(kind) => {
                let (count, mark) = self.list()?;
                (0..count).try_for_each(|_| self.value(kind, mark))
            }
            _ => self.unknown(mark, 0),
        }
    }

    /// The number of elements that a list says, and their mark.
    pub fn list(&mut self) -> io::Result<(u64, u8)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        // In a structure a truth value is its mark and takes no byte more; readers step over a list of them likewise, however long.
        if count > self.left() || (count > 0 && Kind::Truth.is(head & 15)) {
            return Err(broken(&format!(
                "a list says that it has {count} elements, which take no room"
            )));
        }
        Ok((count, head & 15))
    }

    fn unknown(&mut self, mark: u8, depth: u32) -> io::Result<()> {
        if depth > MAX_DEPTH {
            return Err(broken("its structures nest too deep"));
        }
        match mark {
            1 | 2 => Ok(()),
            3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => {
                let (count, mark) = self.list()?;
                (0..count).try_for_each(|_| self.unknown(mark, depth + 1))
            }
            12 => {
                let mut number = 0;
                while let Some(mark) = self.field(&mut number)? {
                    self.unknown(mark, depth + 1)?;
                }
                Ok(())
            }
            other => Err(unexpected(other)),
        }
    }
}

/// What the format says of a field, by its number.
pub fn known(fields: &[Kind], number: u64) -> &Kind {
    let place = number.checked_sub(1).and_then(|at| usize::try_from(at).ok());
    place.and_then(|at| fields.get(at)).unwrap_or(&Kind::Any)
}

/// Refuses a field or an element that is marked as another kind.
pub fn expect(kind: &Kind, mark: u8) -> io::Result<()> {
    if kind.is(mark) {
        return Ok(());
    }
    Err(unexpected(mark))
}

fn unexpected(mark: u8) -> io::Error {
    broken(&format!(
        "a field has the kind {mark}, which Parquet does not have there"
    ))
}

/// An error that says what is wrong.
pub fn broken(what: &str) -> io::Error {
    io::Error::other(what.to_owned())
}
