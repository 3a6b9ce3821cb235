//! A model that spoils a third of its replies still brings films.

use crate::trial::faults::Mix;
use crate::trial::model::Habits;
use crate::trial::{Plan, run};

const PROBLEMS: usize = 30;
const REPAIRS: usize = 3;

/// At most one problem in thirty-three may end without a film; of thirty, none.
#[tokio::test(flavor = "multi_thread")]
async fn problems_end_with_a_film_although_a_third_of_the_replies_is_spoilt() {
    let habits = Habits {
        mix: Mix::Seen,
        spoilt_percent: 35,
        seed: 1,
    };
    let plan = Plan {
        problems: PROBLEMS,
        habits,
        draw: false,
    };
    let endings = run(plan).await.unwrap();
    let spoilt = endings
        .iter()
        .flat_map(|ending| &ending.replies)
        .flatten()
        .count();
    assert!(spoilt >= PROBLEMS / 5, "only {spoilt} replies were spoilt");
    for ending in &endings {
        assert!(ending.is_film() && ending.repairs <= REPAIRS, "{ending:?}");
    }
}
