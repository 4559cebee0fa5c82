//! Cutting an object into parts.

use crate::{MAX_PARTS, MIN_PART_SIZE};

/// The largest object: 10,000 parts of 5 GB, 48.8 TB as OSS counts them.
pub const MAX_OBJECT_SIZE: u64 = MAX_PARTS as u64 * MAX_PART_SIZE;
/// The largest part: 5 GB.
const MAX_PART_SIZE: u64 = 5 << 30;
/// Parts that had to grow end at full mebibytes.
const STEP: u64 = 1 << 20;
/// Of a stream whose length nobody knows, the part size is doubled after so many parts.
const DOUBLED_AFTER: u32 = 1000;

/// One part: where it begins, and how long it is. Numbers begin at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) number: u32,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// The parts of an object of known size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    size: u64,
    part_size: u64,
}

impl Parts {
    /// Parts of `wanted` bytes, or of more where 10,000 of those would not suffice.
    ///
    /// # Errors
    ///
    /// When OSS stores no object of this size.
    pub(super) fn of(size: u64, wanted: u64) -> Result<Self, String> {
        if size > MAX_OBJECT_SIZE {
            return Err(format!(
                "the object has {size} bytes; OSS stores at most {MAX_OBJECT_SIZE} (48.8 TB)"
            ));
        }
        let wanted = clamped(wanted);
        let needed = size.div_ceil(u64::from(MAX_PARTS));
        let part_size = if needed <= wanted {
            wanted
        } else {
            needed.next_multiple_of(STEP).min(MAX_PART_SIZE)
        };
        Ok(Self { size, part_size })
    }

    /// All of it at once.
    pub(super) fn one(size: u64) -> Self {
        Self { size, part_size: size.max(1) }
    }

    pub(super) fn part_size(self) -> u64 {
        self.part_size
    }

    /// At least one, for an empty object too.
    pub(super) fn count(self) -> u32 {
        u32::try_from(self.size.div_ceil(self.part_size).max(1)).unwrap_or(u32::MAX)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Part> + Send {
        (1..=self.count()).map(move |number| {
            let offset = u64::from(number - 1) * self.part_size;
            Part { number, offset, length: (self.size - offset).min(self.part_size) }
        })
    }
}

/// The size of part `number` of a stream whose length nobody knows: all 10,000 hold more than 8 TB of
/// parts that begin with 8 MiB.
pub(super) fn growing(number: u32, wanted: u64) -> u64 {
    let doublings = (number.saturating_sub(1)) / DOUBLED_AFTER;
    let factor = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    clamped(clamped(wanted).saturating_mul(factor))
}

fn clamped(size: u64) -> u64 {
    size.clamp(MIN_PART_SIZE, MAX_PART_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crc64;

    #[test]
    fn ten_thousand_parts_suffice_for_every_object() {
        const MIB: u64 = 1 << 20;
        for (size, wanted, part_size, count) in [
            (0, 8 * MIB, 8 * MIB, 1),
            (1, 8 * MIB, 8 * MIB, 1),
            (8 * MIB, 8 * MIB, 8 * MIB, 1),
            (8 * MIB + 1, 8 * MIB, 8 * MIB, 2),
            (80_000 * MIB, 8 * MIB, 8 * MIB, 10_000),
            (80_000 * MIB + 1, 8 * MIB, 9 * MIB, 8_889),
            (500_000, 1, MIN_PART_SIZE, 5),
            (MAX_OBJECT_SIZE, 8 * MIB, MAX_PART_SIZE, 10_000),
            (u64::MAX, 8 * MIB, 0, 0),
        ] {
            let Ok(parts) = Parts::of(size, wanted) else {
                assert_eq!((part_size, count), (0, 0), "{size}");
                continue;
            };
            assert_eq!((parts.part_size(), parts.count()), (part_size, count), "{size}");
        }
    }

    #[test]
    fn parts_cover_the_object_without_a_gap() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..500 {
            let size = random.u64(0..=MAX_OBJECT_SIZE) >> random.u32(0..46);
            let parts = Parts::of(size, random.u64(0..=1 << 34)).unwrap();
            let mut end = 0;
            for (part, number) in parts.iter().zip(1..) {
                assert_eq!((part.number, part.offset), (number, end), "{size}");
                end += part.length;
            }
            assert_eq!(end, size);
            assert!(parts.count() <= MAX_PARTS && parts.part_size() <= MAX_PART_SIZE);
        }
    }

    #[test]
    fn any_split_has_the_checksum_of_the_whole() {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..100 {
            let data: Vec<u8> = (0..random.usize(0..900_000)).map(|_| random.u8(..)).collect();
            let parts = Parts::of(data.len() as u64, random.u64(0..400_000)).unwrap();
            let (mut joined, mut crc) = (Vec::new(), 0);
            for part in parts.iter() {
                let start = usize::try_from(part.offset).unwrap();
                let piece = &data[start..start + usize::try_from(part.length).unwrap()];
                joined.extend_from_slice(piece);
                crc = crc64::combine(crc, crc64::of(piece), part.length);
            }
            assert!(joined == data && crc == crc64::of(&data));
        }
    }

    #[test]
    fn parts_of_a_stream_grow_so_that_they_suffice() {
        assert_eq!(growing(1, 8 << 20), 8 << 20);
        assert_eq!(growing(1000, 8 << 20), 8 << 20);
        assert_eq!(growing(1001, 8 << 20), 16 << 20);
        let all: u64 = (1..=MAX_PARTS).map(|number| growing(number, 8 << 20)).sum();
        assert!(all > 8_000_000_000_000, "{all}");
        assert_eq!(growing(MAX_PARTS, u64::MAX), MAX_PART_SIZE);
    }
}
