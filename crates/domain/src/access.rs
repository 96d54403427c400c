//! Who may do what: people, roles, tokens, and the lock after too many failures (contract section 1.5).

use std::collections::BTreeMap;

use crate::{Change, Decision, IdKind, Moment, Outcome, Refusal, Timestamp, UserId};

/// Failures in a row after which an account is locked.
pub const MOST_FAILURES: i64 = 6;
/// How long it stays locked.
pub const LOCK_MS: i64 = 1_800_000;
/// How long a token from signing in is good for.
pub const TOKEN_MS: i64 = 4 * 3_600_000;

/// Somebody who signs in with a name and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    /// As the password library writes it; never the password.
    pub password: String,
    pub permissions: Permissions,
    pub active: bool,
    /// Failures to sign in since the last success.
    pub failures: i64,
    pub locked_until: Option<Timestamp>,
}

/// What somebody may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permissions {
    /// Everything.
    All,
    /// The names of resources, as Magento's access lists have them.
    Some(Vec<String>),
}

impl Permissions {
    /// Whether a resource is among them.
    pub fn allow(&self, resource: &str) -> bool {
        match self {
            Permissions::All => true,
            Permissions::Some(resources) => resources.iter().any(|own| own == resource),
        }
    }
}

/// A token that stands for a user, or for another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// A hash; the token itself is shown once and kept nowhere.
    pub hash: String,
    /// Who holds it, for the audit trail: a user's name, or the credential's.
    pub name: String,
    /// The user behind it; systems have rights of their own.
    pub user: Option<UserId>,
    pub permissions: Permissions,
    pub expires_at: Option<Timestamp>,
    /// Of a system that cannot send idempotency keys: for how many milliseconds its request for a document, sent again
    /// as it was, is the same request. `None`: it never is.
    pub repeats_ms: Option<i64>,
    /// What its door is told about it, as JSON text; nothing below the doors reads it.
    pub settings: Option<String>,
    /// Whose idempotency keys its requests have, where that is not its own.
    pub credential: Option<String>,
}

/// A token for another system, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDraft {
    pub name: String,
    /// A hash.
    pub token: String,
    pub permissions: Permissions,
    pub repeats_ms: Option<i64>,
    /// For how many milliseconds it is good; for ever unless given.
    pub lives_ms: Option<i64>,
    pub settings: Option<String>,
    pub credential: Option<String>,
}

/// What can be asked about people and their rights.
#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    /// Creates a user, or changes password and rights of the one with this name.
    SaveUser { name: String, password: String, permissions: Permissions },
    /// Somebody tried to sign in; `fits` says whether name and password did.
    SignIn { name: String, fits: bool, token: String },
    /// A token for another system.
    IssueToken(TokenDraft),
}

/// What can happen to people and their rights.
#[derive(Clone, Debug, PartialEq)]
pub enum AccessChange {
    /// A user is as it says.
    UserSaved(User),
    /// A token is good from now on.
    TokenIssued(Token),
    /// Somebody signed in, or failed to.
    SignInCounted { user: UserId, failures: i64, locked_until: Option<Timestamp> },
}

/// The users that a batch asked about, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessBook {
    pub users: BTreeMap<String, Option<User>>,
}

impl Access {
    pub(crate) fn name_and_subject(&self) -> (&'static str, Option<String>) {
        match self {
            Access::SaveUser { name, .. } => ("save user", Some(name.clone())),
            Access::SignIn { name, fits: true, .. } => ("sign in", Some(name.clone())),
            Access::SignIn { name, fits: false, .. } => ("fail to sign in", Some(name.clone())),
            Access::IssueToken(draft) => ("issue token", Some(draft.name.clone())),
        }
    }
}

impl AccessBook {
    fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name).expect("the needs name each user").as_ref()
    }

    pub(crate) fn apply(&mut self, change: &AccessChange) {
        match change {
            AccessChange::UserSaved(user) => {
                self.users.insert(user.name.clone(), Some(user.clone()));
            }
            // Tokens are looked up when a request comes in; no decision asks for them.
            AccessChange::TokenIssued(_) => {}
            AccessChange::SignInCounted { user, failures, locked_until } => {
                for found in self.users.values_mut().flatten().filter(|found| found.id == *user) {
                    found.failures = *failures;
                    found.locked_until = *locked_until;
                }
            }
        }
    }
}

/// Decides what is asked about people and their rights.
pub fn access(book: &AccessBook, ask: &Access, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    match ask {
        Access::SaveUser { name, password, permissions } => {
            let user = match book.user(name) {
                Some(user) => User {
                    password: password.clone(),
                    permissions: permissions.clone(),
                    failures: 0,
                    locked_until: None,
                    ..user.clone()
                },
                None => User {
                    id: UserId(moment.draw(IdKind::User)),
                    name: name.clone(),
                    password: password.clone(),
                    permissions: permissions.clone(),
                    active: true,
                    failures: 0,
                    locked_until: None,
                },
            };
            let outcome = Outcome::User(user.id);
            Ok(Decision::of(Change::Access(AccessChange::UserSaved(user))).with(outcome))
        }
        Access::SignIn { name, fits, token } => Ok(sign_in(book, name, *fits, token, moment)),
        Access::IssueToken(draft) => {
            let TokenDraft { name, token, permissions, repeats_ms, lives_ms, settings, credential } = draft.clone();
            Ok(Decision::of(Change::Access(AccessChange::TokenIssued(Token {
                hash: token,
                name,
                user: None,
                permissions,
                expires_at: lives_ms.map(|lives_ms| Timestamp(moment.now.0 + lives_ms)),
                repeats_ms,
                settings,
                credential,
            }))))
        }
    }
}

/// A failure is counted, and after too many the account is locked for a while; that too is an outcome that is
/// written down, so it is no refusal.
fn sign_in(book: &AccessBook, name: &str, fits: bool, token: &str, moment: &Moment<'_>) -> Decision {
    let failed = Decision::new().with(Outcome::SignInFailed);
    let Some(user) = book.user(name) else {
        return failed;
    };
    let locked = user.locked_until.is_some_and(|until| moment.now < until);
    if locked || !user.active {
        return failed;
    }
    let count =
        |failures, locked_until| Change::Access(AccessChange::SignInCounted { user: user.id, failures, locked_until });
    if !fits {
        // A lock that ran out gives a fresh start.
        let before = if user.locked_until.is_some() { 0 } else { user.failures };
        let failures = before + 1;
        let locked_until = (failures >= MOST_FAILURES).then_some(Timestamp(moment.now.0 + LOCK_MS));
        return Decision::of(count(failures, locked_until)).with(Outcome::SignInFailed);
    }
    let mut decision = Decision::of(Change::Access(AccessChange::TokenIssued(Token {
        hash: token.to_owned(),
        name: user.name.clone(),
        user: Some(user.id),
        permissions: user.permissions.clone(),
        expires_at: Some(Timestamp(moment.now.0 + TOKEN_MS)),
        repeats_ms: None,
        settings: None,
        credential: None,
    })));
    if user.failures != 0 || user.locked_until.is_some() {
        decision.push(count(0, None));
    }
    decision.with(Outcome::User(user.id))
}
