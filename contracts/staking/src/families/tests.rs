use super::*;
use proptest::prelude::*;

const SUBNET: NetUid = NetUid(3);
const STAKE: Rao = Rao(1_000);

fn account(number: u8) -> AccountId {
    AccountId::from([number; 32])
}

fn child(number: u8, proportion: u64) -> Child {
    Child {
        hotkey: account(number),
        proportion,
    }
}

fn half() -> u64 {
    u64::MAX / 2
}

fn everyone(_: &AccountId) -> Rao {
    STAKE
}

fn counted(families: &Families, number: u8, now: BlockNumber) -> u64 {
    let loans = families
        .loans((SUBNET, &families.known(SUBNET)), account(number), STAKE, now, everyone)
        .unwrap();
    loans.total().unwrap().0
}

#[ink::test]
fn a_child_counts_with_what_its_parent_lends_from_the_announced_block_on() {
    let mut families = Families::default();
    let (from, _) = families
        .set_children(SUBNET, account(1), &[child(2, half())], 10, everyone)
        .unwrap();
    assert_eq!(from, 10 + CHILDREN_DELAY);
    let counts = |now| [1, 2].map(|number| counted(&families, number, now));
    assert_eq!(counts(from - 1), [1_000, 1_000]);
    assert_eq!(counts(from), [501, 1_499], "a half is rounded down");
    let seen = families.family(SUBNET, account(2), 10);
    assert_eq!((seen.parents[0].hotkey, seen.parents[0].proportion), (account(1), 0));
    let next = seen.parents[0].next.as_ref().unwrap();
    assert_eq!((next.proportion, next.at), (half(), from));
    let elsewhere = families
        .loans(
            (NetUid(4), &families.known(NetUid(4))),
            account(2),
            STAKE,
            from,
            everyone,
        )
        .unwrap();
    assert_eq!(elsewhere.total(), Ok(STAKE));
}

#[ink::test]
fn children_that_are_not_named_again_end_with_the_next_announcement() {
    let mut families = Families::default();
    families
        .set_children(SUBNET, account(1), &[child(2, half())], 10, everyone)
        .unwrap();
    let now = 10 + CHILDREN_DELAY;
    let (from, _) = families
        .set_children(SUBNET, account(1), &[child(3, half())], now, everyone)
        .unwrap();
    let counts = |now| [1, 2, 3].map(|number| counted(&families, number, now));
    assert_eq!(counts(from - 1), [501, 1_499, 1_000]);
    assert_eq!(counts(from), [501, 1_000, 1_499]);
    families.set_children(SUBNET, account(1), &[], from, everyone).unwrap();
    let end = from + CHILDREN_DELAY;
    assert_eq!([1, 2, 3].map(|number| counted(&families, number, end)), [1_000; 3]);
    families.set_children(SUBNET, account(1), &[], end, everyone).unwrap();
    for number in 1..=3 {
        assert!(families.get(SUBNET, account(number)).children.is_empty());
    }
}

#[ink::test]
fn an_announcement_that_is_replaced_never_comes_into_effect() {
    let mut families = Families::default();
    let mut set = |number, now| families.set_children(SUBNET, account(1), &[child(number, 7)], now, everyone);
    set(2, 10).unwrap();
    set(3, 11).unwrap();
    assert!(families.family(SUBNET, account(2), 12).parents.is_empty());
    assert_eq!(counted(&families, 2, 20 + CHILDREN_DELAY), 1_000);
}

#[ink::test]
fn children_are_others_each_once_within_the_whole() {
    let mut families = Families::default();
    let mut set = |children: &[Child]| families.set_children(SUBNET, account(1), children, 10, everyone);
    assert_eq!(set(&[child(1, 1)]), Err(Error::InvalidChildren));
    assert_eq!(set(&[child(2, 1), child(2, 1)]), Err(Error::InvalidChildren));
    assert_eq!(set(&[child(2, 0)]), Err(Error::InvalidChildren));
    assert_eq!(set(&[child(2, u64::MAX), child(3, 1)]), Err(Error::InvalidChildren));
    let six: Vec<Child> = (2..8).map(|number| child(number, 1)).collect();
    assert_eq!(set(&six), Err(Error::TooManyChildren));
    assert!(set(&six[..5]).is_ok());
}

#[ink::test]
fn the_parents_that_lend_most_stay() {
    let mut families = Families::default();
    let by_number = |hotkey: &AccountId| Rao(u64::from(<AccountId as AsRef<[u8; 32]>>::as_ref(hotkey)[0]));
    let mut lend = |parent| families.set_children(SUBNET, account(parent), &[child(1, u64::MAX)], 10, by_number);
    for parent in 10..18 {
        lend(parent).unwrap();
    }
    assert_eq!(lend(9), Err(Error::TooManyParents));
    assert_eq!(lend(10).unwrap().1, [], "it is a parent already");
    assert_eq!(lend(20).unwrap().1, [(account(1), account(10))]);
    assert!(families.family(SUBNET, account(10), 10).children.is_empty());
    assert_eq!(families.family(SUBNET, account(1), 10).parents.len(), MAX_PARENTS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever names whom whenever: all stake counts exactly once, both sides agree, and no list grows beyond its bounds.
    #[test]
    fn all_stake_counts_once(
        steps in prop::collection::vec(
            (0..6_u8, prop::collection::vec((0..6_u8, 1..=u64::MAX), 0..4), 0..CHILDREN_DELAY * 2),
            1..20,
        ),
    ) {
        let ran = ink::env::test::run_test::<ink::env::DefaultEnvironment, _>(|_| {
            let mut families = Families::default();
            let mut now = 1;
            let stakes = |hotkey: &AccountId| {
                Rao(1_000_003 * (1 + u64::from(<AccountId as AsRef<[u8; 32]>>::as_ref(hotkey)[0])))
            };
            for (parent, children, blocks) in &steps {
                now += blocks;
                let children: Vec<Child> = children.iter().map(|(number, part)| child(*number, *part)).collect();
                let _ = families.set_children(SUBNET, account(*parent), &children, now, stakes);
                let (mut counted, mut all) = (0, 0);
                let subnet = (SUBNET, &families.known(SUBNET));
                for number in 0..6 {
                    let hotkey = account(number);
                    let stake = stakes(&hotkey);
                    counted += families.loans(subnet, hotkey, stake, now, stakes).unwrap().total().unwrap().0;
                    all += stake.0;
                    let has_relations = families.get(SUBNET, hotkey) != Family::default();
                    assert_eq!(families.known(SUBNET).may_have(&hotkey), has_relations);
                    let family = families.family(SUBNET, hotkey, now);
                    assert!(family.parents.len() <= MAX_PARENTS && family.children.len() <= 2 * MAX_CHILDREN);
                    for relative in family.children {
                        let other = families.family(SUBNET, relative.hotkey, now);
                        assert!(other.parents.contains(&Relative { hotkey, ..relative }));
                    }
                }
                assert_eq!(counted, all);
            }
            Ok(())
        });
        prop_assert!(ran.is_ok(), "{ran:?}");
    }
}
