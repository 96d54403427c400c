//! Stripe, over its HTTP interface: payment intents that are captured by hand, and refunds.
//!
//! Every request that changes something bears the operation's key as its idempotency key, so asking again is safe for
//! at least a day; after that Stripe forgets keys, and [`Stripe::look_up`] says what became of an operation. For that,
//! what an operation makes bears the key too.

mod money;
mod webhook;
mod words;

use std::fmt;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, Url};
use serde::de::DeserializeOwned;
use waybill_domain::{Amount, GatewayAnswer, GatewayAsk, GatewayRequest, Receipt, Timestamp};

use super::{Found, WebhookEvent, WebhookFault};
use crate::http;
use money::{from_stripe, to_stripe};
use words::{Fault, Intent, KEY, Page, Post, Refund, Reply, capture_name, form, intent_path, read};

/// The version of Stripe's interface that this is written for; without it, the account's age would choose.
const VERSION: &str = "2024-06-20";

/// How many pages of a hundred a look-up reads at most.
const MOST_PAGES: usize = 20;

/// How far our clock and Stripe's may be apart, in milliseconds.
const CLOCKS_MS: i64 = 5 * 60 * 1000;

/// What an account at Stripe is reached with.
#[derive(Clone)]
pub struct Settings {
    /// `sk_…` or `rk_…`: who has it moves the account's money.
    pub secret_key: String,
    /// `whsec_…` of the webhook's endpoint.
    pub webhook_secret: String,
    /// Where Stripe is; without encryption only on this machine.
    pub base_url: String,
    /// For a whole exchange, until the answer is read.
    pub timeout: Duration,
    /// Whether authorisations are made so that several captures can be made from one. Stripe has to have unlocked it:
    /// it refuses the authorisations of other accounts that ask for it.
    pub multicapture: bool,
}

/// Why Stripe cannot be reached with these settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadSettings {
    /// The secret key is empty, or has characters that no key has.
    SecretKey,
    /// The webhook's secret is empty: everybody could sign with it.
    WebhookSecret,
    /// The address is not `https://…`, nor `http://` of this machine.
    BaseUrl,
    /// TLS cannot be set up; for people.
    Tls(String),
}

/// An account at Stripe.
pub struct Stripe {
    client: Client,
    bearer: HeaderValue,
    settings: Settings,
}

impl Settings {
    /// The real Stripe, with what most accounts want.
    pub fn new(secret_key: String, webhook_secret: String) -> Settings {
        Settings {
            secret_key,
            webhook_secret,
            base_url: "https://api.stripe.com".to_owned(),
            // Stripe's own clients wait for 80 seconds; banks are slow.
            timeout: Duration::from_secs(80),
            multicapture: false,
        }
    }
}

impl Stripe {
    /// Checks the settings; nothing is asked of Stripe yet.
    pub fn new(settings: Settings) -> Result<Stripe, BadSettings> {
        let Settings { secret_key, webhook_secret, base_url, timeout, multicapture: _ } = &settings;
        if webhook_secret.is_empty() {
            return Err(BadSettings::WebhookSecret);
        }
        if secret_key.is_empty() || !secret_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadSettings::SecretKey);
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {secret_key}")).map_err(|_| BadSettings::SecretKey)?;
        bearer.set_sensitive(true);
        let base_url = checked_address(base_url).ok_or(BadSettings::BaseUrl)?;
        let client = http::client(*timeout).map_err(BadSettings::Tls)?;
        Ok(Stripe { client, bearer, settings: Settings { base_url, ..settings } })
    }

    /// Asks for an operation. Asked again within a day of the first time, it has no second effect; later, ask
    /// [`Stripe::look_up`] first.
    pub async fn carry_out(&self, request: &GatewayRequest) -> GatewayAnswer {
        if let GatewayAsk::Adopt { authorisation, again } = &request.ask {
            return self.adopt(request, authorisation, *again).await.unwrap_or_else(unknown);
        }
        let post = match words::post(request, self.settings.multicapture) {
            Ok(post) => post,
            Err(reason) => return GatewayAnswer::Refused { reason },
        };
        match self.post(&request.key, &post).await {
            Reply::Fine(body) => self.done(request, &body).await.unwrap_or_else(unknown),
            Reply::Refused(fault) => self.refused(request, &fault).await,
            Reply::Unknown(why) => unknown(why),
        }
    }

    /// Asks what has become of an operation that was asked for the first time at `since`. An authorisation that waits
    /// for a customer who is not there is ended by this: then it is refused for good.
    pub async fn look_up(&self, request: &GatewayRequest, since: Timestamp) -> Found {
        let found = match &request.ask {
            GatewayAsk::Authorise { customer, .. } => self.find_intent(request, customer.as_deref(), since).await,
            GatewayAsk::Adopt { authorisation, again } => self.adopt(request, authorisation, *again).await.map(Some),
            GatewayAsk::Capture { authorisation, amount, .. } => {
                self.find_capture(request, authorisation, *amount).await
            }
            GatewayAsk::Void { authorisation } => self.find_void(request, authorisation).await,
            GatewayAsk::Refund { capture, .. } => self.find_refund(request, capture).await,
        };
        as_found(found)
    }

    /// What a webhook says, once its signature shows that Stripe sent it, and just now. The body is to be exactly what
    /// came, the header that of `Stripe-Signature`.
    pub fn read_webhook(
        &self,
        body: &[u8],
        signature_header: &str,
        now: Timestamp,
    ) -> Result<WebhookEvent, WebhookFault> {
        webhook::check(self.settings.webhook_secret.as_bytes(), body, signature_header, now)?;
        webhook::read(body)
    }

    /// What an answer that says yes has done.
    async fn done(&self, request: &GatewayRequest, body: &[u8]) -> Result<GatewayAnswer, String> {
        let currency = &request.currency;
        match &request.ask {
            GatewayAsk::Authorise { .. } | GatewayAsk::Adopt { .. } => self.authorised(request, read(body)?).await,
            GatewayAsk::Capture { amount, .. } => {
                let intent: Intent = read(body)?;
                if intent.amount_received < to_stripe(*amount, currency)? {
                    return Err(format!("Stripe says yes, but payment intent {} has not got the money", intent.id));
                }
                Ok(done(intent.id, Some(*amount)))
            }
            GatewayAsk::Void { .. } => voided(read(body)?, request),
            GatewayAsk::Refund { .. } => refunded(read(body)?, currency),
        }
    }

    /// What a definite no means. Where an earlier attempt has done it, and Stripe has forgotten the key since, it
    /// refuses to do it again; so we look before we say that nothing has happened.
    async fn refused(&self, request: &GatewayRequest, fault: &Fault) -> GatewayAnswer {
        let refused = GatewayAnswer::Refused { reason: self.clean(fault.words_for(&request.ask)) };
        let found = match &request.ask {
            // A second authorisation is not refused for there being a first.
            GatewayAsk::Authorise { .. } | GatewayAsk::Adopt { .. } => Found::NotThere,
            GatewayAsk::Capture { .. } | GatewayAsk::Refund { .. } => self.look_up(request, Timestamp(0)).await,
            GatewayAsk::Void { authorisation } => as_found(self.free_the_rest(request, authorisation).await),
        };
        match found {
            Found::There(GatewayAnswer::Refused { .. }) | Found::NotThere => refused,
            Found::There(answer @ (GatewayAnswer::Done(_) | GatewayAnswer::Unknown { .. })) => answer,
        }
    }

    /// What an intent says of the authorisation that made it.
    async fn authorised(&self, request: &GatewayRequest, intent: Intent) -> Result<GatewayAnswer, String> {
        match intent.status.as_str() {
            // The latter when it is looked up late: it was set aside, and has been taken since.
            "requires_capture" | "succeeded" => {
                let (amount, until) = (intent.total(&request.currency), intent.until());
                let amount = amount.ok_or("Stripe's amount is past all bounds")?;
                Ok(GatewayAnswer::Done(Receipt { reference: intent.id, amount, until }))
            }
            "canceled" => Ok(GatewayAnswer::Refused { reason: self.clean(intent.why_not()) }),
            "requires_action" | "requires_confirmation" | "requires_payment_method" => {
                self.give_up(request, &intent).await
            }
            other => Err(format!("payment intent {} is {other}", intent.id)),
        }
    }

    /// What somebody else has set aside, and whether it is what can be captured for this order.
    async fn adopt(&self, request: &GatewayRequest, reference: &str, again: bool) -> Result<GatewayAnswer, String> {
        let refused = |reason: String| Ok(GatewayAnswer::Refused { reason: self.clean(reason) });
        let path = match intent_path(reference) {
            Ok(path) => format!("{path}?{}", form(vec![("expand[]", "latest_charge".to_owned())])),
            Err(reason) => return refused(reason),
        };
        let Some(intent) = self.get::<Intent>(&path).await? else {
            return refused(format!("Stripe knows no payment intent {reference}"));
        };
        if !intent.currency.eq_ignore_ascii_case(&request.currency) {
            return refused(format!("the payment intent {reference} is in {}", intent.currency.to_uppercase()));
        }
        match intent.status.as_str() {
            "succeeded" if !again => refused(format!("the payment intent {reference} has been captured already")),
            // The latter by us, as it was adopted before.
            "requires_capture" | "succeeded" => {
                let (left, until) = (intent.left(&request.currency), intent.until());
                let amount = left.ok_or("Stripe's amount is past all bounds")?;
                Ok(GatewayAnswer::Done(Receipt { reference: intent.id, amount, until }))
            }
            "canceled" => refused(intent.why_not()),
            // The customer is still at it.
            other => Err(format!("payment intent {reference} is {other}")),
        }
    }

    /// Ends an intent that waits for somebody: else it might be paid after we said that it was refused.
    async fn give_up(&self, request: &GatewayRequest, intent: &Intent) -> Result<GatewayAnswer, String> {
        let post = Post { path: format!("{}/cancel", intent_path(&intent.id)?), form: String::new() };
        match self.post(&format!("{}-give-up", request.key), &post).await {
            Reply::Fine(body) if read::<Intent>(&body)?.status == "canceled" => {
                Ok(GatewayAnswer::Refused { reason: self.clean(intent.why_not()) })
            }
            Reply::Fine(_) => Err(format!("payment intent {} could not be ended", intent.id)),
            Reply::Refused(fault) => {
                Err(self.clean(format!("payment intent {} could not be ended: {}", intent.id, fault.words())))
            }
            Reply::Unknown(why) => Err(why),
        }
    }

    /// The intent that bears the key, among those of the time. Stripe's search would be one request, but it learns of
    /// new intents only after a minute; lists know them at once.
    async fn find_intent(
        &self,
        request: &GatewayRequest,
        customer: Option<&str>,
        since: Timestamp,
    ) -> Result<Option<GatewayAnswer>, String> {
        let since_s = since.0.saturating_sub(CLOCKS_MS).max(0) / 1000;
        let mut filter = vec![("created[gte]", since_s.to_string()), ("expand[]", "data.latest_charge".to_owned())];
        filter.extend(customer.map(|customer| ("customer", customer.to_owned())));
        let is_it = |intent: &Intent| intent.metadata.get(KEY) == Some(&request.key);
        match self.find("/v1/payment_intents", filter, is_it, |intent| &intent.id).await? {
            Some(intent) => self.authorised(request, intent).await.map(Some),
            None => Ok(None),
        }
    }

    async fn find_capture(
        &self,
        request: &GatewayRequest,
        authorisation: &str,
        amount: Amount,
    ) -> Result<Option<GatewayAnswer>, String> {
        let Some(intent) = self.intent(authorisation).await? else { return Ok(None) };
        let is_ours = intent.metadata.get(&capture_name(&request.key)) == Some(&request.key);
        Ok(match intent.status.as_str() {
            // Also one that was captured and has failed since: not all means of payment are as sure as cards.
            "canceled" => Some(GatewayAnswer::Refused { reason: intent.why_not() }),
            "requires_payment_method" if is_ours => Some(GatewayAnswer::Refused { reason: intent.why_not() }),
            _ => is_ours.then(|| done(intent.id, Some(amount))),
        })
    }

    async fn find_void(&self, request: &GatewayRequest, authorisation: &str) -> Result<Option<GatewayAnswer>, String> {
        let voided = self.intent(authorisation).await?.filter(|intent| is_void(intent, request));
        Ok(voided.map(|intent| set_free(intent, request)))
    }

    /// Sets free what is left of an authorisation after captures that were not the last: Stripe does not cancel those,
    /// and wants a last capture of nothing instead.
    async fn free_the_rest(
        &self,
        request: &GatewayRequest,
        authorisation: &str,
    ) -> Result<Option<GatewayAnswer>, String> {
        let Some(intent) = self.intent(authorisation).await? else { return Ok(None) };
        if is_void(&intent, request) {
            return Ok(Some(set_free(intent, request)));
        }
        if intent.status != "requires_capture" || intent.amount_received == 0 {
            return Ok(None);
        }
        match self.post(&format!("{}-rest", request.key), &words::free_the_rest(request, authorisation)?).await {
            Reply::Fine(body) => voided(read(&body)?, request).map(Some),
            Reply::Refused(fault) => Ok(Some(GatewayAnswer::Refused { reason: self.clean(fault.words()) })),
            Reply::Unknown(why) => Err(why),
        }
    }

    async fn find_refund(&self, request: &GatewayRequest, capture: &str) -> Result<Option<GatewayAnswer>, String> {
        let is_it = |refund: &Refund| refund.metadata.get(KEY) == Some(&request.key);
        let filter = vec![("payment_intent", capture.to_owned())];
        let found = self.find("/v1/refunds", filter, is_it, |refund| &refund.id).await?;
        found.map(|refund| refunded(refund, &request.currency)).transpose()
    }

    async fn intent(&self, reference: &str) -> Result<Option<Intent>, String> {
        // What is no reference leads to nothing.
        let Ok(path) = intent_path(reference) else { return Ok(None) };
        self.get(&path).await
    }

    /// The first in a list that this is true of.
    async fn find<T: DeserializeOwned>(
        &self,
        path: &str,
        filter: Vec<(&str, String)>,
        is_it: impl Fn(&T) -> bool,
        id: impl Fn(&T) -> &String,
    ) -> Result<Option<T>, String> {
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut fields = filter.clone();
            fields.push(("limit", "100".to_owned()));
            fields.extend(after.map(|after| ("starting_after", after)));
            let page: Option<Page<T>> = self.get(&format!("{path}?{}", form(fields))).await?;
            let Some(Page { data, has_more }) = page else { return Ok(None) };
            after = data.last().map(|last| id(last).clone());
            if let Some(found) = data.into_iter().find(&is_it) {
                return Ok(Some(found));
            }
            if !has_more || after.is_none() {
                return Ok(None);
            }
        }
        Err(format!("Stripe's list {path} is longer than we read"))
    }

    async fn post(&self, key: &str, post: &Post) -> Reply {
        let url = format!("{}{}", self.settings.base_url, post.path);
        let request = self.client.post(url).header("idempotency-key", key);
        self.send(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(post.form.clone())).await
    }

    /// An object; none where Stripe has none.
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, String> {
        match self.send(self.client.get(format!("{}{path}", self.settings.base_url))).await {
            Reply::Fine(body) => read(&body).map(Some),
            Reply::Refused(fault) if fault.code.as_deref() == Some(words::MISSING) => Ok(None),
            Reply::Refused(fault) => Err(self.clean(format!("Stripe does not say: {}", fault.words()))),
            Reply::Unknown(why) => Err(why),
        }
    }

    async fn send(&self, request: RequestBuilder) -> Reply {
        let request = request.header(AUTHORIZATION, self.bearer.clone()).header("stripe-version", VERSION);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Reply::Unknown(self.clean(format!("Stripe: {}", http::why(&error)))),
        };
        let status = response.status().as_u16();
        match http::body(response).await {
            Ok(body) => match words::reply(status, body) {
                Reply::Unknown(why) => Reply::Unknown(self.clean(why)),
                reply @ (Reply::Fine(_) | Reply::Refused(_)) => reply,
            },
            Err(why) => Reply::Unknown(format!("Stripe answered {status}, and its answer broke off: {why}")),
        }
    }

    /// What others say is passed on to people and logs, and the key is for neither.
    fn clean(&self, words: String) -> String {
        words.replace(&self.settings.secret_key, "(the secret key)")
    }
}

/// What became of a refund.
fn refunded(refund: Refund, currency: &str) -> Result<GatewayAnswer, String> {
    match refund.status.as_deref() {
        // A pending one is done as far as can be done today: Stripe has taken the money off our balance and is on its
        // way with it, for days with some banks. Should it come back, a webhook says so (`RefundFailed`); to call it
        // unknown until then would have us ask in vain for days, and to call it refused would have it paid twice.
        Some("succeeded" | "pending" | "requires_action") => {
            let amount = from_stripe(refund.amount, currency);
            Ok(done(refund.id, amount))
        }
        Some(status @ ("failed" | "canceled")) => {
            let why = refund.failure_reason.unwrap_or_else(|| "it does not say why".to_owned());
            Ok(GatewayAnswer::Refused { reason: format!("Stripe's refund {} has {status}: {why}", refund.id) })
        }
        other => Err(format!("Stripe's refund {} is {}", refund.id, other.unwrap_or("without a status"))),
    }
}

/// Whether nothing is set aside any more: by whomever it was canceled, or by our last capture of nothing.
fn is_void(intent: &Intent, request: &GatewayRequest) -> bool {
    let by_us = intent.metadata.get(&capture_name(&request.key)) == Some(&request.key);
    intent.status == "canceled" || (intent.status == "succeeded" && by_us)
}

/// What an answer that says yes has set free.
fn voided(intent: Intent, request: &GatewayRequest) -> Result<GatewayAnswer, String> {
    match intent.status.as_str() {
        // The latter where something was captured before.
        "canceled" | "succeeded" => Ok(set_free(intent, request)),
        other => Err(format!("Stripe says yes, but payment intent {} is {other}", intent.id)),
    }
}

/// What was never taken of an intent is free.
fn set_free(intent: Intent, request: &GatewayRequest) -> GatewayAnswer {
    let left = intent.left(&request.currency);
    done(intent.id, left)
}

fn as_found(found: Result<Option<GatewayAnswer>, String>) -> Found {
    match found {
        Ok(Some(answer)) => Found::There(answer),
        Ok(None) => Found::NotThere,
        Err(why) => Found::There(unknown(why)),
    }
}

fn done(reference: String, amount: Option<Amount>) -> GatewayAnswer {
    match amount {
        Some(amount) => GatewayAnswer::Done(Receipt { reference, amount, until: None }),
        None => unknown(format!("Stripe's amount for {reference} is past all bounds")),
    }
}

fn unknown(why: impl Into<String>) -> GatewayAnswer {
    GatewayAnswer::Unknown { why: why.into() }
}

/// The address without a slash at its end, if the key may be sent there.
fn checked_address(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && here);
    (is_plain && is_safe).then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// Without the secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { secret_key: _, webhook_secret: _, base_url, timeout, multicapture } = self;
        f.debug_struct("Settings")
            .field("base_url", base_url)
            .field("timeout", timeout)
            .field("multicapture", multicapture)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stripe").field(&self.settings).finish()
    }
}

impl fmt::Display for BadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadSettings::SecretKey => f.write_str("Stripe's secret key is missing or is no key"),
            BadSettings::WebhookSecret => f.write_str("the secret of Stripe's webhook is missing"),
            BadSettings::BaseUrl => {
                f.write_str("Stripe's address must begin with https:// (http:// only for this machine)")
            }
            BadSettings::Tls(why) => write!(f, "TLS cannot be set up: {why} (is ca-certificates installed?)"),
        }
    }
}

impl std::error::Error for BadSettings {}
