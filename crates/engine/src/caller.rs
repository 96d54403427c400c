//! Who asks, and what they may do.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use waybill_domain::{Access, Command, Outcome, Permissions, TenantId, Token, TokenDraft};

use crate::worker::ANSWER_MS;
use crate::{Engine, Failure};

/// Somebody who was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub tenant: TenantId,
    /// For the audit trail.
    pub name: String,
    /// Whose idempotency keys these are: it stays the same when a token is renewed.
    pub credential: String,
    pub permissions: Permissions,
    /// For how many milliseconds a request for a document that comes again without a key is the same request.
    pub repeats_ms: Option<i64>,
    /// What its door is told about it, as JSON text.
    pub settings: Option<String>,
}

/// What a token for another system is good for.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Of the system, for the audit trail.
    pub name: String,
    pub permissions: Permissions,
    /// Within this time a request for a document that comes again, without a key, is the same request.
    pub repeats: Option<Duration>,
    /// For how long; for ever unless given.
    pub lives: Option<Duration>,
    /// What its door is told about it, as JSON text.
    pub settings: Option<String>,
    /// Whose idempotency keys its requests have; its own unless given.
    pub credential: Option<String>,
}

impl Grant {
    /// With all of these rights, for ever.
    pub fn of(name: &str, permissions: Permissions) -> Grant {
        Grant { name: name.to_owned(), permissions, repeats: None, lives: None, settings: None, credential: None }
    }
}

impl Caller {
    /// Somebody at the machine itself, such as the command line.
    pub fn operator(tenant: TenantId) -> Caller {
        Caller {
            tenant,
            name: "operator".to_owned(),
            credential: "operator".to_owned(),
            permissions: Permissions::All,
            repeats_ms: None,
            settings: None,
        }
    }
}

/// At most so many passwords are checked at once: each takes 19 MiB and some hundredths of a second.
static PASSWORD_CHECKS: Semaphore = Semaphore::const_new(2);

/// How long a token that was found is not looked up again. Somebody who loses their rights elsewhere keeps them for so
/// long.
const TOKEN_TIME: Duration = Duration::from_secs(1);
/// How many tokens are remembered.
const MOST_TOKENS: usize = 10_000;

/// Tokens that were found a moment ago.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, (Instant, TenantId, Token)>>);

impl Tokens {
    fn find(&self, hash: &str) -> Option<(TenantId, Token)> {
        let tokens = self.0.lock().expect("nobody panics with it");
        let (found, tenant, token) = tokens.get(hash)?;
        (found.elapsed() < TOKEN_TIME).then(|| (*tenant, token.clone()))
    }

    fn keep(&self, tenant: TenantId, token: &Token) {
        let mut tokens = self.0.lock().expect("nobody panics with it");
        if tokens.len() >= MOST_TOKENS {
            tokens.clear();
        }
        tokens.insert(token.hash.clone(), (Instant::now(), tenant, token.clone()));
    }

    /// Forgets all of them: somebody's rights have changed.
    pub(crate) fn forget(&self) {
        self.0.lock().expect("nobody panics with it").clear();
    }
}

impl Engine {
    /// Who holds this token; nobody when it is unknown, has run out, or its user is switched off.
    pub async fn caller(&self, token: &str) -> Result<Option<Caller>, Failure> {
        let hash = hash(token);
        let found = match self.inner.tokens.find(&hash) {
            Some(found) => Some(found),
            None => {
                let found = self.read_row(move |view| view.token(&hash)).await?;
                if let Some((tenant, token)) = &found {
                    self.inner.tokens.keep(*tenant, token);
                }
                found
            }
        };
        let now = self.now();
        Ok(found.and_then(|(tenant, token)| {
            if token.expires_at.is_some_and(|at| at <= now) {
                return None;
            }
            let Token { hash, name, user, permissions, expires_at: _, repeats_ms, settings, credential } = token;
            let credential = credential.unwrap_or_else(|| match user {
                Some(user) => format!("user {user}"),
                None => format!("token {}", &hash[..16]),
            });
            Some(Caller { tenant, name, credential, permissions, repeats_ms, settings })
        }))
    }

    /// Signs somebody in: a token, or nothing when name and password do not fit or the account is locked.
    pub async fn sign_in(&self, tenant: TenantId, name: &str, password: &str) -> Result<Option<String>, Failure> {
        let wanted = name.to_owned();
        let user = self.read(move |view| view.user(tenant, &wanted)).await?;
        // An unknown name takes as long as a wrong password.
        let kept = user.map_or_else(|| UNKNOWN_USER.to_owned(), |user| user.password);
        let fits = verify(password.to_owned(), kept).await?;
        let token = random_hex();
        let command = Command::Access(Access::SignIn { name: name.to_owned(), fits, token: hash(&token) });
        let done = self.execute(&Caller::operator(tenant), None, command).await?;
        Ok(match done.outcome {
            Outcome::User(_) => Some(token),
            _ => None,
        })
    }

    /// Creates a user, or sets password and rights of the one with this name.
    pub async fn save_user(
        &self,
        tenant: TenantId,
        name: &str,
        password: &str,
        permissions: Permissions,
    ) -> Result<(), Failure> {
        let command = Command::Access(Access::SaveUser {
            name: name.to_owned(),
            password: hash_password(password.to_owned()).await?,
            permissions,
        });
        self.execute(&Caller::operator(tenant), None, command).await.map(|_| ())
    }

    /// Makes a token for another system. It is shown once and cannot be read again. With `repeats` a request for a
    /// document that comes again within that time, without a key, is the same request.
    pub async fn issue_token(
        &self,
        tenant: TenantId,
        name: &str,
        permissions: Permissions,
        repeats: Option<Duration>,
    ) -> Result<String, Failure> {
        let token = random_hex();
        self.grant(tenant, &token, Grant { repeats, ..Grant::of(name, permissions) }).await?;
        Ok(token)
    }

    /// Makes this text a token for another system.
    pub async fn grant(&self, tenant: TenantId, token: &str, grant: Grant) -> Result<(), Failure> {
        let Grant { name, permissions, repeats, lives, settings, credential } = grant;
        let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4);
        let command = Command::Access(Access::IssueToken(TokenDraft {
            name,
            token: hash(token),
            permissions,
            repeats_ms: repeats.map(|repeats| ms(repeats).min(ANSWER_MS)),
            lives_ms: lives.map(ms),
            settings,
            credential,
        }));
        self.execute(&Caller::operator(tenant), None, command).await.map(|_| ())
    }
}

/// A password that nobody has, hashed as all are.
const UNKNOWN_USER: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn verify(password: String, kept: String) -> Result<bool, Failure> {
    on_password_thread(move || {
        let Ok(kept) = PasswordHash::new(&kept) else {
            return false;
        };
        Argon2::default().verify_password(password.as_bytes(), &kept).is_ok()
    })
    .await
}

async fn hash_password(password: String) -> Result<String, Failure> {
    on_password_thread(move || {
        Argon2::default().hash_password(password.as_bytes()).expect("a password of any bytes can be hashed").to_string()
    })
    .await
}

async fn on_password_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let _turn = PASSWORD_CHECKS.acquire().await.map_err(|_| Failure::Broken)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| Failure::Broken)
}

/// What is kept of a token: it is random, so a plain hash is enough.
fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// 32 random hexadecimal digits.
pub fn random_hex() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    hex(&bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash that stands for a request: what was asked, and with which body.
pub fn fingerprint(what: &str, body: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(what.as_bytes());
    hasher.update([0]);
    hasher.update(body);
    hex(&hasher.finalize())
}
