//! The pages that people see.

use crate::encoding::{component, html_escaped, query_string};
use crate::sim::call::Call;
use crate::sim::oauth::authorize::asked::Asked;
use crate::sim::reply::Reply;
use crate::sim::{Am, OAuthClient};

pub(crate) fn login_page(am: &Am, call: &Call, realm: &str, asked: &Asked) -> Reply {
    // The page comes back here without the prompt that brought the user to it.
    let parameters: Vec<(&str, &str)> = asked
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), if name == "prompt" { "" } else { value.as_str() }))
        .collect();
    let goto = format!("{}{}?{}", call.origin, call.path, query_string(&parameters));
    let (status, page) = match am.profile().is_openam() {
        true => (301, "UI/Login"),
        false => (302, "XUI/"),
    };
    let location = format!(
        "{}{}/{page}?realm={}&goto={}",
        call.origin,
        am.base_path(),
        component(realm),
        component(&goto),
    );
    Reply::redirect(status, &location)
}

pub(crate) fn page_of_error(error: &str, description: &str) -> Reply {
    let (error, description) = (html_escaped(error), html_escaped(description));
    Reply::html(
        400,
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><title>OAuth2 Error Page</title></head>\
             <body><script>pageData = {{ error: {{ message: \"{error}\", \
             description: \"{description}\" }} }};</script></body></html>"
        ),
    )
}

pub(crate) fn consent_page(am: &Am, call: &Call, client: &OAuthClient, scopes: &[String]) -> Reply {
    let (name, scopes) = (html_escaped(&client.id), html_escaped(&scopes.join(" ")));
    let session = html_escaped(call.cookie(am.cookie_name()).unwrap_or_default());
    Reply::html(
        200,
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><title>OAuth2 Authorization Server</title>\
             </head><body><script>pageData = {{ displayName: \"{name}\", \
             displayScopes: \"{scopes}\", csrf: \"{session}\", formTarget: \"\" }};</script>\
             </body></html>"
        ),
    )
}
