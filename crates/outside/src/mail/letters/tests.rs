use std::fs;

use tempfile::TempDir;

use super::*;

/// A notice of a kind with something in every field.
fn notice(kind: NoticeKind, locale: &str) -> Notice {
    let texts = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let line = |sku: &str, name: &str, quantity: &str, total: &str| NoticeLine {
        sku: sku.to_owned(),
        name: name.to_owned(),
        quantity: quantity.to_owned(),
        total: total.to_owned(),
    };
    let total = |key: &str, text: &str| NoticeTotal { key: key.to_owned(), text: text.to_owned() };
    let comment = matches!(kind.as_str(), name if name.ends_with("_comment"));
    let money = matches!(kind, NoticeKind::Order | NoticeKind::Invoice | NoticeKind::CreditMemo);
    let totals =
        [("subtotal", "€ 247.50"), ("shipping", "€ 4.90"), ("discount", "−€ 10.00"), ("grand_total", "€ 242.40")];
    Notice {
        kind,
        store_code: "north".to_owned(),
        store_name: "North & Pine".to_owned(),
        store_url: "https://north-pine.example/".to_owned(),
        locale: locale.to_owned(),
        order_number: "000000042".to_owned(),
        document_number: if kind == NoticeKind::Order { String::new() } else { "100000007".to_owned() },
        customer_name: "Zoë Brückner".to_owned(),
        recipient: "zoe@example.com".to_owned(),
        order_date: "21.11.2026".to_owned(),
        lines: vec![
            line("BLANKET-GREY-140", "Wool blanket, grey, 140 × 200 cm", "1", "€ 129.00"),
            line("LAMP-BRASS", "Reading lamp “Lumen”, brass", "2", "€ 118.50"),
        ],
        totals: if money { totals.map(|(key, text)| total(key, text)).to_vec() } else { Vec::new() },
        billing_address: texts(&["Zoë Brückner", "Lindenallee 7", "20259 Hamburg", "Germany"]),
        shipping_address: texts(&["Zoë Brückner", "c/o Café Ampère", "Rue du Port 12", "69002 Lyon", "France"]),
        shipping_method: "Parcel to the door".to_owned(),
        payment_method: "Card ending in 4242".to_owned(),
        tracks: vec![NoticeTrack { title: "DHL".to_owned(), number: "JD0146000039391".to_owned() }],
        status: if comment { "Processing".to_owned() } else { String::new() },
        comment: "The lamp comes with a <b>warm</b> bulb.\nWrite to us if you want a colder one.".to_owned(),
    }
}

fn rendered(letters: &Letters, notice: &Notice) -> Rendered {
    letters.render(notice).unwrap_or_else(|fault| panic!("{fault}"))
}

/// Letters with files of a user before them.
fn letters(files: &[(&str, &str)]) -> (Letters, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    (Letters::new(Some(folder.path())), folder)
}

/// A fault without the test's folder.
fn relative(fault: &TemplateFault, folder: &TempDir) -> String {
    fault.to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn every_kind_is_written_in_every_language() {
    let letters = Letters::new(None);
    for (locale, greeting, footer) in [
        ("en_US", "Hello Zoë Brückner,", "You are getting this message because of"),
        ("de_DE", "Guten Tag Zoë Brückner,", "Sie erhalten diese Nachricht wegen"),
        ("fr_FR", "Bonjour Zoë Brückner,", "Vous recevez ce message au sujet"),
    ] {
        for kind in NoticeKind::ALL {
            let letter = rendered(&letters, &notice(kind, locale));
            let name = format!("{} in {locale}:\n{}\n{}", kind.as_str(), letter.text, letter.html);
            assert_eq!(letter.faults, [], "{name}");
            assert!(letter.subject.starts_with("North & Pine"), "{}", letter.subject);
            for text in [&letter.html, &letter.text] {
                assert!(text.contains(greeting) && text.contains(footer), "{name}");
                assert!(text.contains("000000042"), "{name}");
                assert_eq!(text.contains("100000007"), kind != NoticeKind::Order, "{name}");
                assert!(text.contains("The lamp comes with a warm bulb."), "{name}");
                let is_comment = kind.as_str().ends_with("_comment");
                assert_eq!(text.contains("BLANKET-GREY-140"), !is_comment, "{name}");
                assert_eq!(text.contains("JD0146000039391"), kind == NoticeKind::Shipment, "{name}");
                assert!(!text.contains("{%") && !text.contains("{{"), "{name}");
            }
            assert!(letter.html.contains(&format!("<html lang=\"{}\"", &locale[..2])), "{name}");
            assert!(!letter.text.contains("\n\n\n") && !letter.text.contains("none"), "{name}");
        }
    }
}

#[test]
fn a_text_reads_well() {
    let letter = rendered(&Letters::new(None), &notice(NoticeKind::Invoice, "en_GB"));
    assert_eq!(letter.subject, "North & Pine: invoice 100000007 for order 000000042");
    let expected = "\
Your invoice
============

Hello Zoë Brückner,

This is invoice 100000007 for your order 000000042.

Order: 000000042
Invoice: 100000007
Ordered on: 21.11.2026

A note from us:
  The lamp comes with a warm bulb.
  Write to us if you want a colder one.

Items
-----
1 x Wool blanket, grey, 140 × 200 cm (BLANKET-GREY-140): € 129.00
2 x Reading lamp “Lumen”, brass (LAMP-BRASS): € 118.50

Subtotal: € 247.50
Shipping: € 4.90
Discount: −€ 10.00
Total: € 242.40

Shipping address:
  Zoë Brückner
  c/o Café Ampère
  Rue du Port 12
  69002 Lyon
  France

Billing address:
  Zoë Brückner
  Lindenallee 7
  20259 Hamburg
  Germany

Shipping: Parcel to the door
Payment: Card ending in 4242

--
You are getting this message because of your order 000000042 at North & Pine.
https://north-pine.example/
";
    assert_eq!(letter.text, expected);
}

#[test]
fn what_is_not_known_is_not_spoken_of() {
    let mut notice = notice(NoticeKind::Order, "en_US");
    notice.customer_name = String::new();
    notice.store_url = "javascript:alert(1)".to_owned();
    notice.comment = " <p></p> ".to_owned();
    notice.shipping_address.clear();
    notice.shipping_method.clear();
    notice.totals.push(NoticeTotal { key: "gift_wrapping".to_owned(), text: "€ 3.00".to_owned() });
    let letter = rendered(&Letters::new(None), &notice);
    for text in [&letter.html, &letter.text] {
        assert!(text.contains("Hello,"), "{text}");
        for absent in ["javascript", "A note from us", "Shipping address", "Hello ,"] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
        assert!(text.contains("gift wrapping"), "{text}");
    }
    assert!(!letter.html.contains("href"), "{}", letter.html);
}

#[test]
fn nothing_in_a_notice_becomes_markup_or_a_template() {
    let attack = "<img src=x onerror=alert(1)>{{ 7 * 7 }}{% include 'order.txt' %}\"'&{order_number}\u{1b}[2J\0";
    for kind in NoticeKind::ALL {
        let mut notice = notice(kind, "en_US");
        let line = &mut notice.lines[0];
        let fields: [&mut String; 10] = [
            &mut notice.store_name,
            &mut notice.order_number,
            &mut notice.document_number,
            &mut notice.customer_name,
            &mut notice.order_date,
            &mut notice.shipping_method,
            &mut notice.payment_method,
            &mut notice.status,
            &mut line.name,
            &mut line.sku,
        ];
        fields.into_iter().for_each(|field| *field = attack.to_owned());
        notice.store_url = format!("https://example.com/{attack}");
        notice.billing_address = vec![attack.to_owned()];
        notice.comment = format!("a {attack} b");
        notice.tracks = vec![NoticeTrack { title: attack.to_owned(), number: attack.to_owned() }];
        let letter = rendered(&Letters::new(None), &notice);
        assert_eq!(letter.faults, [], "{}", kind.as_str());
        assert!(!letter.html.contains("<img"), "{}", letter.html);
        assert!(!letter.html.contains("\"'&"), "{}", letter.html);
        for text in [&letter.html, &letter.text, &letter.subject] {
            assert!(text.contains("{{ 7 * 7 }}"), "{text}");
            assert!(!text.contains(['\u{1b}', '\0']), "{text}");
        }
        assert!(letter.text.contains("<img src=x"), "a text is not escaped: {}", letter.text);
    }
}

#[test]
fn subjects_are_one_line_whatever_is_in_them() {
    let mut notice = notice(NoticeKind::Order, "en_US");
    notice.order_number = "42\r\nBcc: all@example.com".to_owned();
    notice.store_name = "\u{2028}A\tB\u{85}".to_owned();
    let letter = rendered(&Letters::new(None), &notice);
    assert_eq!(letter.subject, "A B: we have your order 42 Bcc: all@example.com");
}

#[test]
fn a_users_files_are_looked_for_from_the_nearest_to_the_farthest() {
    let (letters, _folder) = letters(&[
        ("order.txt", "default"),
        ("invoice.txt", "default"),
        ("shipment.txt", "default"),
        ("de/order.txt", "de"),
        ("de/invoice.txt", "de"),
        ("de_AT/order.txt", "de_AT"),
        ("stores/north/order.txt", "north"),
        ("stores/north/de/order.txt", "north de"),
    ]);
    assert_eq!(letters.faults(), []);
    for (store, locale, kind, expected) in [
        ("north", "de_DE", NoticeKind::Order, "north de\n"),
        ("north", "de_AT", NoticeKind::Order, "north de\n"),
        ("north", "fr_FR", NoticeKind::Order, "north\n"),
        ("north", "de_DE", NoticeKind::Invoice, "de\n"),
        ("north", "de_DE", NoticeKind::Shipment, "default\n"),
        ("south", "de_AT", NoticeKind::Order, "de_AT\n"),
        ("south", "de-AT", NoticeKind::Order, "de_AT\n"),
        ("south", "de_CH", NoticeKind::Order, "de\n"),
        ("south", "xx_XX", NoticeKind::Order, "default\n"),
        ("../north", "de/../../x", NoticeKind::Order, "default\n"),
    ] {
        let mut notice = notice(kind, locale);
        notice.store_code = store.to_owned();
        assert_eq!(rendered(&letters, &notice).text, expected, "{store} {locale} {}", kind.as_str());
    }
}

#[test]
fn a_users_layout_holds_for_built_in_letters_and_words_for_all() {
    let (letters, _folder) = letters(&[
        ("stores/north/layout.txt", "{% include '_head.txt' %}\n{% block body %}{% endblock %}"),
        ("stores/north/_head.txt", "NORTH {{ words.order_title }}\n"),
        ("words.txt", "order_title = Thanks a lot\nfooter = Everyone's footer\n"),
        ("de/words.txt", "order_title = Tausend Dank, {customer_name}\n"),
        ("nl_NL/words.txt", "# Dutch\norder_title = Bedankt\ntotal_gift_wrapping = Cadeauverpakking\n"),
    ]);
    assert_eq!(letters.faults(), []);
    let text = |locale: &str| {
        let mut notice = notice(NoticeKind::Order, locale);
        notice.totals.push(NoticeTotal { key: "gift_wrapping".to_owned(), text: "€ 3.00".to_owned() });
        rendered(&letters, &notice).text
    };
    let german = text("de_DE");
    assert!(german.starts_with("NORTH Tausend Dank, Zoë Brückner\nBestellung: 000000042\n"), "{german}");
    assert!(text("en_US").starts_with("NORTH Thanks a lot\nOrder: "));
    let dutch = text("nl_NL");
    assert!(dutch.starts_with("NORTH Bedankt\nOrder: ") && dutch.contains("Cadeauverpakking: € 3.00"), "{dutch}");

    let mut elsewhere = notice(NoticeKind::Order, "de_DE");
    elsewhere.store_code = "south".to_owned();
    let elsewhere = rendered(&letters, &elsewhere).text;
    assert!(elsewhere.starts_with("Tausend Dank") && elsewhere.contains("Sie erhalten"), "{elsewhere}");
}

#[test]
fn what_cannot_be_used_is_told_and_left_out() {
    let (letters, folder) = letters(&[
        ("de/invoice.html", "<p>\n{% if %}"),
        ("invoices.html", "a typing error"),
        ("german/invoice.html", "not a language"),
        ("words.txt", "order_title = Fine\norder_titel = Not fine\n"),
        ("order.txt", "fine"),
        (".order.txt.swp", "an editor's"),
    ]);
    fs::write(folder.path().join("shipment.txt"), [0xff, 0xfe]).expect("a file");
    let letters_again = Letters::new(Some(folder.path()));
    let faults: Vec<_> = letters_again.faults().iter().map(|fault| relative(fault, &folder)).collect();
    assert_eq!(faults.len(), 5, "{faults:#?}");
    assert!(faults[0].starts_with("de/invoice.html, line 2: syntax error: "), "{faults:#?}");
    assert!(faults[1].starts_with("german: a folder is called stores, or after a language"), "{faults:#?}");
    assert!(faults[2].starts_with("invoices.html: no template has this name"), "{faults:#?}");
    assert!(faults[3].starts_with("shipment.txt: "), "{faults:#?}");
    assert_eq!(faults[4], "words.txt, line 2: no text is called order_titel");
    let german = rendered(&letters, &notice(NoticeKind::Invoice, "de_DE"));
    assert!(german.html.contains("Ihre Rechnung"), "{}", german.html);
    assert_eq!(rendered(&letters, &notice(NoticeKind::Order, "en_US")).text, "fine\n");

    let missing = Letters::new(Some(&folder.path().join("missing")));
    assert_eq!(missing.faults().len(), 1);
    assert_eq!(rendered(&missing, &notice(NoticeKind::Order, "en_US")).faults, []);
}

#[test]
fn a_template_that_fails_is_replaced_and_named() {
    let (letters, folder) = letters(&[
        ("order.html", "line 1\n{{ order_nummer }}"),
        ("invoice.html", "{% include '_mine.html' %}"),
        ("_mine.html", "line 1\nline 2\n{{ customer_name | no_such_filter }}"),
        ("shipment.html", "{% include '_loop.html' %}"),
        ("_loop.html", "{% include '_loop.html' %}"),
        ("credit_memo.txt", "{% include 'missing.txt' %}"),
    ]);
    // A filter is looked up when it is used, so it shows only now.
    for (kind, expected) in [
        (NoticeKind::Order, "order.html, line 2: undefined value"),
        (NoticeKind::Invoice, "_mine.html, line 3: unknown filter"),
        (NoticeKind::Shipment, "_loop.html, line 1: "),
        (NoticeKind::CreditMemo, "credit_memo.txt, line 1: template not found"),
    ] {
        let letter = rendered(&letters, &notice(kind, "de_DE"));
        let faults: Vec<_> = letter.faults.iter().map(|fault| relative(fault, &folder)).collect();
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert!(faults[0].starts_with(expected), "{faults:#?}");
        assert!(letter.html.contains("Guten Tag Zoë") && letter.text.contains("Guten Tag Zoë"), "{}", letter.html);
    }
}

#[test]
fn no_template_runs_for_ever_or_fills_the_memory() {
    let (letters, folder) = letters(&[
        ("order.txt", "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}"),
        ("invoice.txt", "{% set long = 'a' * 10000 %}{% for a in range(10000) %}{{ long }}{% endfor %}"),
    ]);
    for (kind, expected) in [
        (NoticeKind::Order, "order.txt, line 1: it takes more than 2000000 steps"),
        (NoticeKind::Invoice, "invoice.txt: it makes more than 8388608 bytes"),
    ] {
        let letter = rendered(&letters, &notice(kind, "en_US"));
        let faults: Vec<_> = letter.faults.iter().map(|fault| relative(fault, &folder)).collect();
        assert_eq!(faults, [expected]);
        assert!(letter.text.contains("Hello Zoë"), "{}", letter.text);
    }
}

#[test]
fn an_order_of_five_thousand_lines_has_a_letter() {
    let mut notice = notice(NoticeKind::Order, "en_US");
    let line = notice.lines[0].clone();
    notice.lines = vec![line; 5_000];
    let letter = rendered(&Letters::new(None), &notice);
    assert_eq!(letter.text.matches("BLANKET-GREY-140").count(), 5_000);
}

/// Shows the letters to whoever changes their templates: set the variable to a folder and look at what is in it then.
#[test]
fn letters_can_be_looked_at() {
    let Some(folder) = std::env::var_os("WAYBILL_SHOW_LETTERS") else { return };
    let letters = Letters::new(None);
    for locale in ["en_US", "de_DE", "fr_FR"] {
        for kind in NoticeKind::ALL {
            let letter = rendered(&letters, &notice(kind, locale));
            let file = |ending: &str| Path::new(&folder).join(format!("{}.{}.{ending}", kind.as_str(), &locale[..2]));
            fs::write(file("html"), letter.html).expect("a file");
            fs::write(file("txt"), letter.text).expect("a file");
        }
    }
}
