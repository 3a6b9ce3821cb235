//! Reads a plan: a header, then steps, each a kind, a length and its fields. Checks all
//! lengths; takes no memory.

use core::ffi::CStr;

use crate::kind;
use crate::system::{Done, Errno};

const INVALID: Errno = Errno(22);

/// A plan that has been looked at once.
pub struct Plan<'a> {
    pub clone_flags: usize,
    pub fail_at: u32,
    pub uid_map: &'a [u8],
    pub gid_map: &'a [u8],
    /// Where the kernel asks for it before an unprivileged group map.
    pub deny_groups: bool,
    steps: &'a mut [u8],
}

impl<'a> Plan<'a> {
    pub fn read(bytes: &'a mut [u8]) -> Done<Self> {
        let header = Fields(bytes);
        let mut fields = header;
        if fields.number()? != kind::MAGIC {
            return Err(INVALID);
        }
        let clone_flags = fields.number()? as usize;
        let fail_at = fields.number()?;
        let deny_groups = fields.number()? != 0;
        let uid_length = fields.number()? as usize;
        let gid_length = fields.number()? as usize;
        let start = 24;
        let (maps, steps) = split(bytes, start + uid_length + gid_length)?;
        let maps = maps.get(start..).ok_or(INVALID)?;
        let (uid_map, gid_map) = maps.split_at_checked(uid_length).ok_or(INVALID)?;
        Ok(Self {
            clone_flags,
            fail_at,
            uid_map,
            gid_map,
            deny_groups,
            steps,
        })
    }

    /// Calls `perform` with the kind and the fields of each step, in order.
    pub fn each(self, mut perform: impl FnMut(u32, &mut [u8]) -> Done<()>) -> Result<(), Failure> {
        let mut rest = self.steps;
        let mut index = 0;
        while !rest.is_empty() {
            let failed = |kind, errno| Failure { kind, index, errno };
            let broken = |errno| Failure {
                kind: kind::PLAN,
                index,
                errno,
            };
            let mut head = Fields(rest);
            let step = head.number().map_err(broken)?;
            let length = head.number().map_err(broken)? as usize;
            let (whole, behind) = split(rest, 8 + length).map_err(broken)?;
            if index == self.fail_at {
                return Err(failed(step, Errno(0)));
            }
            let fields = whole.get_mut(8..).ok_or(broken(INVALID))?;
            perform(step, fields).map_err(|errno| failed(step, errno))?;
            rest = behind;
            index += 1;
        }
        Ok(())
    }
}

/// Which step failed and how.
pub struct Failure {
    pub kind: u32,
    pub index: u32,
    pub errno: Errno,
}

fn split(bytes: &mut [u8], at: usize) -> Done<(&mut [u8], &mut [u8])> {
    if at > bytes.len() {
        Err(INVALID)
    } else {
        Ok(bytes.split_at_mut(at))
    }
}

/// The fields of a step that are still to be read.
#[derive(Clone, Copy)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub fn number(&mut self) -> Done<u32> {
        let (head, rest) = self.0.split_first_chunk().ok_or(INVALID)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*head))
    }

    pub fn long(&mut self) -> Done<u64> {
        let (head, rest) = self.0.split_first_chunk().ok_or(INVALID)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*head))
    }

    /// A string with its terminating zero.
    pub fn text(&mut self) -> Done<&'a CStr> {
        let length = self.number()? as usize;
        let (text, rest) = self.0.split_at_checked(length).ok_or(INVALID)?;
        self.0 = rest;
        CStr::from_bytes_with_nul(text).map_err(|_| INVALID)
    }
}
