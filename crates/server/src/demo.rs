//! `waybill demo`: the main job, shown over HTTP on a throwaway database, in the language of a door.

mod carriyo;
mod centra;
mod magento;

use hyper::Method;
use serde_json::Value;
use waybill_bench::{Client, Door, Reply};
use waybill_dialects::carriyo::merchant::Merchant;
use waybill_dialects::centra::plugin::Plugin;
use waybill_engine::store::Location;
use waybill_engine::{Settings, random_hex};

use crate::config::{Config, ERRANDS};
use crate::log::{self, LogFormat};
use crate::{credential, serve};

/// Shows the journey; stays up afterwards unless `once`.
pub async fn demo(address: &str, once: bool, door: Door) -> Result<(), String> {
    log::start(LogFormat::Text, "warn");
    let folder = tempfile::tempdir().map_err(|error| format!("no folder for the database: {error}"))?;
    let path = folder.path().join("demo.db");
    // A run that ends takes any free port: it must not stumble over a server that is up.
    let listener = serve::listen(if once { "127.0.0.1:0" } else { address }).await?;
    let address = listener.local_addr().map_err(|error| error.to_string())?.to_string();
    let password = random_hex();
    let config = Config {
        listen: address.clone(),
        database: Location::parse(&format!("sqlite://{}", path.display())).map_err(|error| error.to_string())?,
        public_url: format!("http://{address}"),
        admin: Some(("admin".to_owned(), password.clone())),
        reserve_on_order_save: true,
        engine: Settings { errands: Some(ERRANDS), ..Settings::default() },
        log_format: LogFormat::Text,
        websites: Vec::new(),
        stores: Vec::new(),
    };
    let engine = serve::prepare(&config).await?;
    let tenant = serve::tenant(&engine, "default").await?;
    let next = credential::create_token(&engine, tenant, "demo", Vec::new(), None).await?;
    let next: Value = serde_json::from_str(&next).map_err(|error| error.to_string())?;
    let plugin = Plugin { uri: "demo".to_owned(), ..Plugin::default() };
    let made = credential::create_plugin(&engine, tenant, "demo", &plugin, Vec::new(), None).await?;
    let made: Value = serde_json::from_str(&made).map_err(|error| error.to_string())?;
    let plugin_key = made["key"].as_str().unwrap_or_default();
    let client = credential::create_client(&engine, tenant, "demo", Merchant::default(), Vec::new(), None).await?;
    let client: Value = serde_json::from_str(&client).map_err(|error| error.to_string())?;
    let router = serve::router(engine, &config);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve::run(listener, router, async {
        tokio::select! {
            _ = stopped => {}
            () = serve::stop_signal() => {}
        }
    }));

    let token = next["token"].as_str().unwrap_or_default();
    let mut shop = Shop { client: Client::connect(&address).await?, step: 0 };
    match door {
        Door::Magento => {
            println!(
                "Waybill demo: an order from paid to shipped to refunded, and a payment whose answer is lost, over \
                Magento's REST API."
            );
            println!("Database: a throwaway file. Server: http://{address}\n");
            let order = magento::journey(&mut shop, &password).await?;
            if !once {
                stays_up(&address);
                println!("Magento's API is at http://{address}/rest/V1/. The next request is yours:\n");
                println!("  TOKEN={token}");
                println!("  curl -s -H \"Authorization: Bearer $TOKEN\" http://{address}/rest/V1/orders/{order}");
                println!("  curl -s -H \"Authorization: Bearer $TOKEN\" -g \\");
                let fields = "items[increment_id,extension_attributes]";
                println!("    'http://{address}/rest/V1/shipments?searchCriteria&fields={fields}'");
            }
        }
        Door::Centra => {
            println!(
                "Waybill demo: an order from paid to shipped in two parcels, and a card that is declined, over \
                Centra's Order API."
            );
            println!("Database: a throwaway file. Server: http://{address}\n");
            let base = format!("/centra/{}", plugin.uri);
            let keys = centra::Keys { base: &base, key: plugin_key, token };
            centra::journey(&mut shop, &keys, &config.database).await?;
            if !once {
                stays_up(&address);
                println!("Centra's Order API is at http://{address}{base}/. The next request is yours:\n");
                println!("  KEY={plugin_key}");
                println!(
                    "  curl -s -H \"API-Authorization: $KEY\" 'http://{address}{base}/shipments?status=completed'"
                );
                println!("  curl -s -H \"API-Authorization: $KEY\" -X PUT http://{address}{base}/shipment \\");
                println!("    -d '{{\"shipment\": \"1-2\", \"tracking\": \"another number\"}}'");
            }
        }
        Door::Carriyo => {
            println!(
                "Waybill demo: an order that two locations fulfil, taken by the shop's own van, a carrier that is \
                asked and one that the shop has booked itself, over Carriyo's Orders and Shipments API."
            );
            println!("Database: a throwaway file. Server: http://{address}\n");
            let day = carriyo::journey(&mut shop, &client, token, &config.database).await?;
            if !once {
                stays_up(&address);
                let of = |name: &str| client[name].as_str().unwrap_or_default();
                let base = format!("http://{address}{}", of("base"));
                println!("Carriyo's API is at {base}/. The next request is yours:\n");
                println!("  TOKEN={day} KEY={}", of("api_key"));
                println!("  curl -s -H \"Authorization: Bearer $TOKEN\" -H \"x-api-key: $KEY\" \\");
                println!("    -H 'tenant-id: {}' '{base}/shipments?page_size=10'", of("tenant_id"));
            }
        }
    }
    if once {
        let _ = stop.send(());
    }
    server.await.map_err(|error| error.to_string())?;
    Ok(())
}

fn stays_up(address: &str) {
    println!("The server stays up at http://{address} (stop it with Ctrl-C; its data goes with it).");
}

/// A client that shows what it does.
struct Shop {
    client: Client,
    step: usize,
}

impl Shop {
    fn say(&mut self, text: &str) {
        self.step += 1;
        println!("{}. {text}", self.step);
    }

    async fn post(&mut self, path: &str, body: &Value, hide: &str) -> Result<Value, String> {
        let text = body.to_string();
        let secret = body["password"].as_str().or(body["client_secret"].as_str());
        let shown = match (hide.is_empty(), secret) {
            (false, Some(secret)) => text.replace(secret, hide),
            _ => text.clone(),
        };
        println!("   POST {path}\n     {}", short(&shown));
        self.answered(Method::POST, path, Some(text), true).await
    }

    async fn post_refused(&mut self, path: &str, body: &Value) -> Result<Value, String> {
        let text = body.to_string();
        println!("   POST {path}\n     {}", short(&text));
        self.answered(Method::POST, path, Some(text), false).await
    }

    /// Sends until it is done, as a client does that is told to come back.
    async fn wait_for(&mut self, path: &str, body: &Value) -> Result<Value, String> {
        println!("   POST {path}\n     {}", short(&body.to_string()));
        loop {
            let reply = self.client.send(Method::POST, path, Some(body.to_string())).await?;
            match reply.status.as_u16() {
                200 => return serde_json::from_str(&reply.body).map_err(|error| error.to_string()),
                // The gateway has not answered, and nobody tells a client when it has.
                409 => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
                status => return Err(format!("{path} answered {status}, which the demonstration did not expect")),
            }
        }
    }

    async fn get(&mut self, path: &str) -> Result<Value, String> {
        println!("   GET {path}");
        self.answered(Method::GET, path, None, true).await
    }

    async fn put(&mut self, path: &str, body: &Value) -> Result<Value, String> {
        let text = body.to_string();
        println!("   PUT {path}\n     {}", short(&text));
        self.answered(Method::PUT, path, Some(text), true).await
    }

    /// Looks at something long, and shows some of it.
    async fn look(&mut self, path: &str, part: fn(&Value) -> Value) -> Result<Value, String> {
        println!("   GET {path}");
        self.seen(Method::GET, path, None, part).await
    }

    /// Sends something that is answered at length, and shows some of the answer.
    async fn act(&mut self, path: &str, body: &Value, part: fn(&Value) -> Value) -> Result<Value, String> {
        let text = body.to_string();
        println!("   POST {path}\n     {}", short(&text));
        self.seen(Method::POST, path, Some(text), part).await
    }

    async fn seen(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
        part: fn(&Value) -> Value,
    ) -> Result<Value, String> {
        let reply = self.client.send(method, path, body).await?;
        let answer: Value = serde_json::from_str(&reply.body).map_err(|_| format!("{path}: {}", reply.body))?;
        println!("   -> {}, in it: {}\n", reply.status.as_u16(), part(&answer));
        if !is_good(&reply, &answer) {
            return Err(format!("{path} answered {}, which the demonstration did not expect", reply.body));
        }
        Ok(answer)
    }

    /// Sends, shows the answer, and ends the demonstration when it is not the expected kind.
    async fn answered(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
        good: bool,
    ) -> Result<Value, String> {
        let reply = self.client.send(method, path, body).await?;
        println!("   -> {} {}\n", reply.status.as_u16(), short(&reply.body));
        let answer =
            serde_json::from_str(&reply.body).map_err(|error| format!("{path} did not answer JSON: {error}"))?;
        if is_good(&reply, &answer) != good {
            return Err(format!("{path} answered {}, which the demonstration did not expect", reply.status));
        }
        Ok(answer)
    }
}

/// Whether it went well: one language says so in the status, the other in the answer.
fn is_good(reply: &Reply, answer: &Value) -> bool {
    reply.status.is_success() && answer["status"] != "no"
}

/// The beginning of a long text.
fn short(text: &str) -> String {
    const MOST: usize = 420;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}
