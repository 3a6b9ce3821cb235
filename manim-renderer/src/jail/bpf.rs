//! Writes system call filters: which calls, with which arguments, end how.

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allow,
    Fail(u32),
    Kill,
}

impl Verdict {
    fn code(self) -> u32 {
        match self {
            Self::Allow => 0x7fff_0000,
            Self::Fail(errno) => 0x0005_0000 | (errno & 0xffff),
            Self::Kill => 0x8000_0000,
        }
    }
}

/// An argument, without the bits outside of `mask`, is `value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) index: u32,
    pub(crate) mask: u64,
    pub(crate) value: u64,
}

/// What becomes of one call: `verdict` if any of `cases` holds, each all of its
/// conditions; the filter's default otherwise. No cases: always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) number: u32,
    pub(crate) cases: Vec<Vec<Argument>>,
    pub(crate) verdict: Verdict,
}

/// `struct seccomp_data`: number, architecture, instruction pointer, six arguments.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

#[cfg(target_arch = "aarch64")]
const OWN_ARCHITECTURE: u32 = 0xc000_00b7;
#[cfg(not(target_arch = "aarch64"))]
const OWN_ARCHITECTURE: u32 = 0xc000_003e;
/// Calls of the x32 ABI have this bit, on x86-64 only.
const X32: u32 = 0x4000_0000;

const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const IF_EQUAL: u16 = 0x15;
const IF_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

/// A filter: other architectures kill the process, calls without a rule end as `default`.
pub(crate) fn filter(rules: &[Rule], default: Verdict) -> Vec<u8> {
    let mut out = Vec::new();
    emit(&mut out, LOAD, 0, 0, ARCHITECTURE);
    emit(&mut out, IF_EQUAL, 1, 0, OWN_ARCHITECTURE);
    emit(&mut out, RETURN, 0, 0, Verdict::Kill.code());
    emit(&mut out, LOAD, 0, 0, NUMBER);
    if cfg!(target_arch = "x86_64") {
        emit(&mut out, IF_AT_LEAST, 0, 1, X32);
        emit(&mut out, RETURN, 0, 0, Verdict::Kill.code());
    }
    for rule in rules {
        let body = body(rule, default);
        let skip = u8::try_from(body.len() / 8).expect("a rule is short");
        emit(&mut out, IF_EQUAL, 0, skip, rule.number);
        out.extend(body);
    }
    emit(&mut out, RETURN, 0, 0, default.code());
    out
}

/// Every way through it returns.
fn body(rule: &Rule, default: Verdict) -> Vec<u8> {
    let mut out = Vec::new();
    for case in &rule.cases {
        out.extend(conditions(case, rule.verdict));
    }
    let last = if rule.cases.is_empty() {
        rule.verdict
    } else {
        default
    };
    emit(&mut out, RETURN, 0, 0, last.code());
    out
}

/// Falls through to its verdict, or jumps behind it.
fn conditions(case: &[Argument], verdict: Verdict) -> Vec<u8> {
    let halves: Vec<(u32, u32, u32)> = case.iter().flat_map(halves).collect();
    let mut out = Vec::new();
    for (done, (offset, mask, value)) in halves.iter().enumerate() {
        let behind = 3 * (halves.len() - done - 1) + 1;
        emit(&mut out, LOAD, 0, 0, *offset);
        emit(&mut out, AND, 0, 0, *mask);
        emit(
            &mut out,
            IF_EQUAL,
            0,
            u8::try_from(behind).expect("a case is short"),
            *value,
        );
    }
    emit(&mut out, RETURN, 0, 0, verdict.code());
    out
}

/// Filters see 32 bits at a time.
fn halves(argument: &Argument) -> [(u32, u32, u32); 2] {
    let low = ARGUMENTS + 8 * argument.index;
    let value = argument.value & argument.mask;
    [
        (low, argument.mask as u32, value as u32),
        (low + 4, (argument.mask >> 32) as u32, (value >> 32) as u32),
    ]
}

fn emit(out: &mut Vec<u8>, code: u16, if_true: u8, if_false: u8, constant: u32) {
    out.extend(code.to_ne_bytes());
    out.extend([if_true, if_false]);
    out.extend(constant.to_ne_bytes());
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Runs a filter as the kernel does; its return value.
    pub(crate) fn run(filter: &[u8], architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
        let mut data = Vec::new();
        data.extend(number.to_ne_bytes());
        data.extend(architecture.to_ne_bytes());
        data.extend([0; 8]);
        arguments
            .iter()
            .for_each(|argument| data.extend(argument.to_ne_bytes()));
        let (mut at, mut value) = (0, 0u32);
        loop {
            let one = &filter[at * 8..at * 8 + 8];
            let code = u16::from_ne_bytes([one[0], one[1]]);
            let constant = u32::from_ne_bytes(one[4..].try_into().unwrap());
            at += 1;
            match code {
                LOAD => {
                    let from = constant as usize;
                    value = u32::from_ne_bytes(data[from..from + 4].try_into().unwrap());
                }
                AND => value &= constant,
                IF_EQUAL => at += usize::from(if value == constant { one[2] } else { one[3] }),
                IF_AT_LEAST => at += usize::from(if value >= constant { one[2] } else { one[3] }),
                RETURN => return constant,
                other => panic!("instruction {other:#x}"),
            }
        }
    }

    #[track_caller]
    fn check(rules: &[Rule], number: u32, first: u64, expected: Verdict) {
        let filter = filter(rules, Verdict::Fail(1));
        assert_eq!(
            run(&filter, OWN_ARCHITECTURE, number, [first, 0, 0, 0, 0, 0]),
            expected.code()
        );
    }

    fn is(mask: u64, value: u64) -> Vec<Argument> {
        vec![Argument {
            index: 0,
            mask,
            value,
        }]
    }

    #[test]
    fn a_call_without_a_rule_ends_as_the_default() {
        check(
            &[Rule {
                number: 3,
                cases: vec![],
                verdict: Verdict::Allow,
            }],
            4,
            0,
            Verdict::Fail(1),
        );
        check(
            &[Rule {
                number: 3,
                cases: vec![],
                verdict: Verdict::Allow,
            }],
            3,
            0,
            Verdict::Allow,
        );
    }

    #[test]
    fn any_case_suffices_and_both_halves_count() {
        let rules = [Rule {
            number: 3,
            cases: vec![is(!0, 5), is(!0, 1 << 40)],
            verdict: Verdict::Allow,
        }];
        check(&rules, 3, 5, Verdict::Allow);
        check(&rules, 3, 1 << 40, Verdict::Allow);
        check(&rules, 3, 5 | 1 << 40, Verdict::Fail(1));
    }

    #[test]
    fn bits_outside_of_a_mask_do_not_matter() {
        let rules = [Rule {
            number: 3,
            cases: vec![is(0o6000, 0)],
            verdict: Verdict::Allow,
        }];
        check(&rules, 3, 0o755, Verdict::Allow);
        check(&rules, 3, 0o4755, Verdict::Fail(1));
    }

    #[test]
    fn other_architectures_and_x32_are_killed() {
        let filter = filter(&[], Verdict::Allow);
        assert_eq!(run(&filter, 0x4000_0003, 1, [0; 6]), Verdict::Kill.code());
        if cfg!(target_arch = "x86_64") {
            assert_eq!(
                run(&filter, OWN_ARCHITECTURE, X32 | 1, [0; 6]),
                Verdict::Kill.code()
            );
        }
    }
}
