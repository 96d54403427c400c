//! Contract section 1.5: signing in, and the lock after too many failures.

use crate::testing::check;

#[test]
fn signs_in_whoever_fits() {
    check(
        "user ann => user 1
         sign-in ann right => user 1
         sign-in ann wrong => sign-in failed
         sign-in bob right => sign-in failed
         token erp",
    );
}

#[test]
fn six_failures_in_a_row_lock_for_half_an_hour() {
    check(
        "user ann => user 1
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann right => user 1
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann right => sign-in failed
         at 1800999
         sign-in ann right => sign-in failed
         at 1801000
         sign-in ann wrong => sign-in failed
         sign-in ann right => user 1",
    );
}

#[test]
fn a_new_password_unlocks() {
    check(
        "user ann => user 1
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         sign-in ann wrong => sign-in failed
         user ann => user 1
         sign-in ann right => user 1",
    );
}
