//! Contract section 10.1: sources, stocks, links.

use crate::testing::check;

#[test]
fn creates_a_source_and_then_changes_what_is_named() {
    check(
        "source far name=Far country=US postcode=1
         source far enabled=no
         source far name=Farther",
    );
}

#[test]
fn says_everything_that_is_wrong_with_a_source() {
    check(
        "source far => no: name is empty; postcode is empty; country_id is empty
         source _ name=_ country=US postcode=1 => no: name is empty; source_code is empty; source_code has blanks
         source fa_r name=Far country=US postcode=1 => no: source_code has blanks
         source far name=Far country=US postcode=1 carriers=ups => no: carriers are not its own
         source far name=Far country=US postcode=1 own_carriers=yes carriers=ups
         source default enabled=no => no: the default source stays enabled
         source near name=Far country=US postcode=1 => no: name Far is taken",
    );
}

#[test]
fn a_stock_takes_the_websites_it_names_and_loses_the_others_to_the_default_stock() {
    check(
        "website two Two EUR
         stock name=West channels=base,two => stock 2
         stock name=North channels=two => stock 3
         delete-stock 2 => no: the stock has channels
         stock id=2 name=West => stock 2
         delete-stock 2
         delete-stock 2 => no: no stock 2
         delete-stock 1 => no: the default stock stays
         delete-stock 3 => no: the stock has channels
         stock id=3 => stock 3
         delete-stock 3",
    );
}

#[test]
fn says_everything_that_is_wrong_with_a_stock() {
    check(
        "stock => no: name is empty
         stock name=_ channels=_,nowhere => no: name is empty; code is empty; no website  ; no website nowhere
         stock id=9 name=West => no: no stock 9",
    );
}

#[test]
fn a_stock_that_holds_something_stays() {
    check(
        "product A
         count A@east=5
         stock name=East channels=base => stock 2
         link 2 east 1
         order A*1 => new: A 1; holds A 1
         stock id=2 => stock 2
         delete-stock 2 => no: stock 2 is in use
         cancel 1 => canceled: A 1 c1
         delete-stock 2",
    );
}

#[test]
fn ties_sources_to_stocks() {
    check(
        "stock name=West => stock 2
         link => no: nothing given
         link 2 east 0 => no: priority is not positive
         link 2 default 1 => no: default link cannot be saved
         link 1 east 1 => no: default link cannot be saved
         link 2 _ 0 1 east 1 => no: source_code is empty; source_code has blanks; priority is not positive; default link cannot be saved
         link 2 nowhere 1 9 east 1 => no: no source nowhere; no stock 9
         link 1 default 2
         link 2 east 1",
    );
}

#[test]
fn unties_them_and_passes_over_what_is_not_tied() {
    check(
        "stock name=West => stock 2
         link 2 east 1
         unlink => no: nothing given
         unlink 1 default => no: default link cannot be deleted
         unlink 1 east => no: default link cannot be deleted
         unlink 2 _ => no: source_code is empty; source_code has blanks
         unlink 2 east 2 nowhere",
    );
}

#[test]
fn a_store_view_is_of_a_website() {
    check(
        "store fr nowhere EUR => no: no website nowhere
         website two Two EUR
         store fr two EUR
         order A*1@5 store=2 => new: A 1
         money 1 => subtotal 5 total 5
         website _ Two EUR => no: code is empty
         store _ two EUR => no: code is empty",
    );
}

#[test]
fn what_is_no_currency_is_refused() {
    check(
        "website eu Europe EUR => done
         website eu Europe eur => no: no currency eur
         store nl eu EURO => no: no currency EURO",
    );
}
