//! What each layer stops: without it, an attack does harm that it does not do with it.

use std::path::Path;

use manim_core::{Isolation, RenderErrorKind};
use manim_renderer::{Environment, Layer};
use serde_json::{Value, json};

use crate::arena::{Arena, Verdict, WALL};
use crate::attack::attack;
use crate::child::{As, can_be_ordinary, environment_for_all, supervise, tell};
use crate::victims::Victims;

/// Layers that are left out, at which level, the attack that then does harm, and the harm.
/// Harmless to the machine all of them.
const TABLE: [(&[Layer], Isolation, &str, &str); 12] = [
    (
        &[Layer::Users],
        Isolation::L3,
        "name-of-the-machine",
        "the name of the machine came out",
    ),
    (
        &[Layer::Users],
        Isolation::L3,
        "a-look",
        "it shares our mnt namespace",
    ),
    (
        &[Layer::Processes],
        Isolation::L3,
        "a-look",
        "it shares our pid namespace",
    ),
    (
        &[Layer::Network],
        Isolation::L3,
        "a-look",
        "it shares our net namespace",
    ),
    (
        &[Layer::Ipc],
        Isolation::L3,
        "a-look",
        "it shares our ipc namespace",
    ),
    (
        &[Layer::Capabilities],
        Isolation::L3,
        "a-look",
        "it holds capabilities",
    ),
    (
        &[Layer::Dumpable],
        Isolation::L3,
        "a-look",
        "it can be looked at by its equals",
    ),
    (&[Layer::Limits], Isolation::L3, "descriptors", "it holds 1"),
    (
        &[Layer::Landlock],
        Isolation::L2,
        "secret-file",
        "a secret came out",
    ),
    (
        &[Layer::Landlock],
        Isolation::L2,
        "overwrite",
        "a planted file was touched",
    ),
    (
        &[Layer::Calls],
        Isolation::L2,
        "unix-socket",
        "the unix listener was reached",
    ),
    // The kernel's networks are one wall, Landlock and the filter are two others.
    (
        &[Layer::Calls, Layer::Landlock, Layer::Network],
        Isolation::L3,
        "tcp",
        "the TCP listener was reached",
    ),
];

/// The same attacks with these layers do no harm: one wall holds by itself.
const ALONE: [(&[Layer], Isolation, &str); 2] = [
    (&[Layer::Calls, Layer::Landlock], Isolation::L3, "tcp"),
    (&[Layer::Calls, Layer::Landlock], Isolation::L3, "secret-file"),
];

#[test]
fn without_any_of_its_layers_the_jail_lets_something_through() {
    let told = supervise("layer", As::Us);
    assert_eq!(told.len(), TABLE.len() + ALONE.len());
    let (without, alone) = told.split_at(TABLE.len());
    for (row, seen) in TABLE.iter().zip(without) {
        let harm = seen["harm"].to_string();
        // A layer that cannot be left out on this machine is no hole.
        assert!(
            harm.contains(row.3) || seen["refused"].is_string() || is_doubled(row.0),
            "without {:?}, {} should do harm ({}): {seen}",
            row.0,
            row.2,
            row.3
        );
    }
    let harmed = without.iter().filter(|seen| seen["refused"].is_null()).count();
    assert!(
        harmed * 4 >= TABLE.len() * 3,
        "most layers can be left out: {without:?}"
    );
    for (row, seen) in ALONE.iter().zip(alone) {
        let faults: Vec<&str> = seen["harm"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert!(
            faults.is_empty(),
            "without {:?}, {} does harm: {seen}",
            row.0,
            row.2
        );
    }
}

/// Whether the kernel builds the same wall: where `fs.suid_dumpable` is 0, a process that has
/// changed its user is not dumpable (proc_sys_fs(5)).
fn is_doubled(off: &[Layer]) -> bool {
    let setting = std::fs::read_to_string("/proc/sys/fs/suid_dumpable");
    off == [Layer::Dumpable] && setting.is_ok_and(|value| value.trim() == "0")
}

/// In a supervisor of its own.
pub(crate) async fn perform(environment: &Environment, place: &Path) {
    // At L2, and without the layer of users, a job is a user of the pool, who may not enter our
    // home.
    let readable = can_be_ordinary()
        .then(|| Environment::at(environment_for_all(place)).expect("a readable environment"));
    let alone = ALONE.iter().map(|(off, level, name)| (*off, *level, *name));
    for (off, level, name) in TABLE.iter().map(|row| (row.0, row.1, row.2)).chain(alone) {
        let room = place.join(format!(
            "{}-{name}-{level}",
            off.iter().map(|layer| format!("{layer:?}")).collect::<String>()
        ));
        std::fs::create_dir(&room).unwrap();
        let environment = match &readable {
            Some(readable) if off.contains(&Layer::Users) || level == Isolation::L2 => readable,
            _ => environment,
        };
        let mut victims = Victims::plant(&room, environment);
        victims.remember();
        let arena = match Arena::try_open_for(environment, &room, &victims, level, off, WALL).await {
            Ok(arena) => arena,
            // The kernel refuses what the layer would have made safe: no job runs at all.
            Err(error) if error.kind() == RenderErrorKind::Isolation => {
                tell(
                    &json!({"off": format!("{off:?}"), "attack": name, "refused": error.to_string(), "harm": []}),
                );
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        let attack = attack(name);
        let Verdict { seen, said, mut harm } = arena.provoke(&attack).await;
        harm.extend(victims.visitors());
        harm.extend(victims.differences());
        tell(&json!({"off": format!("{off:?}"), "attack": name, "seen": seen, "said": said, "harm": harm}));
    }
}
