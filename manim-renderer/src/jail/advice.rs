//! Says what a level of isolation lacks on this machine and how to get it.

use std::fs;

use manim_core::Isolation;

use super::step::name_of_exit;

/// Settings of the kernel that forbid what L3 is made of: file, forbidding value, remedy.
const SETTINGS: &[(&str, &str, &str)] = &[
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor forbids user namespaces: run `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or give this program a profile with `userns,`",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "user namespaces are off: run `sysctl -w kernel.unprivileged_userns_clone=1`",
    ),
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "user namespaces are off: run `sysctl -w user.max_user_namespaces=10000`",
    ),
];

const IN_CONTAINER: &str = "in a container, run it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined` (Docker, Podman) for L3, or accept L2";

/// Why `level` cannot be had: the step that failed as `code`, what was said, what helps.
pub(crate) fn refusal(level: Isolation, code: Option<i32>, said: &str) -> String {
    let step = code.and_then(name_of_exit).unwrap_or("starting the worker");
    let said = said.lines().last().unwrap_or_default().trim();
    let said = if said.is_empty() {
        String::new()
    } else {
        format!(" ({said})")
    };
    format!("{level} failed at {step}{said}: {}", remedy(level, step, setting))
}

fn remedy(level: Isolation, step: &str, setting: impl Fn(&str) -> Option<String>) -> String {
    if step == "Landlock" {
        return "it needs Linux 5.13 or newer with Landlock switched on (`lsm=landlock,…` on the kernel's command line), and a Python environment that every user may read".into();
    }
    if step == "the system call filter" {
        return "it needs a kernel with seccomp filters (CONFIG_SECCOMP_FILTER)".into();
    }
    if level == Isolation::L2 {
        return "run on Linux 5.13 or newer, as an ordinary user or with the capabilities SETUID, SETGID and SETPCAP".into();
    }
    let forbidding = SETTINGS
        .iter()
        .filter(|(file, value, _)| setting(file).as_deref() == Some(*value));
    let found: Vec<&str> = forbidding.map(|(_, _, remedy)| *remedy).collect();
    if found.is_empty() {
        IN_CONTAINER.into()
    } else {
        found.join("; ")
    }
}

fn setting(file: &str) -> Option<String> {
    Some(fs::read_to_string(file).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_forbids_is_named() {
        let forbid = |file: &str| file.contains("apparmor").then(|| "1".to_owned());
        assert!(
            remedy(Isolation::L3, "mounting", forbid).contains("apparmor_restrict_unprivileged_userns=0")
        );
        let forbid = |file: &str| file.contains("max_user").then(|| "0".to_owned());
        assert!(remedy(Isolation::L3, "making namespaces", forbid).contains("user.max_user_namespaces"));
    }

    #[test]
    fn elsewhere_it_is_likely_a_container() {
        assert!(remedy(Isolation::L3, "making namespaces", |_| None).contains("seccomp=unconfined"));
    }

    #[test]
    fn the_step_and_what_was_said_are_told() {
        let said = refusal(
            Isolation::L3,
            Some(129),
            "noise\nlockdown: step 0 of kind 1: errno 1\n",
        );
        assert!(
            said.starts_with("L3 failed at making namespaces (lockdown: step 0 of kind 1: errno 1): "),
            "{said}"
        );
    }
}
