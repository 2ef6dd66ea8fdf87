#include "config/upstream.h"

#include <fmt/format.h>

#include "config/values.h"

namespace postern::config {
namespace {

std::string_view name(Tls tls) {
  switch (tls) {
    case Tls::implicit: return "implicit";
    case Tls::starttls: return "starttls";
    case Tls::none: return "none";
  }
  return "";
}

std::string_view name(MailProtocol protocol) {
  switch (protocol) {
    case MailProtocol::pop3: return "POP3";
    case MailProtocol::imap: return "IMAP";
    case MailProtocol::smtp: return "SMTP";
  }
  return "";
}

void apply_preset(Fields& fields, Server& server, MailProtocol protocol, std::optional<Tls> tls) {
  const auto provider = fields.get("provider", line_of_text);
  if (!provider) return;
  server.preset = preset(*provider, protocol, tls);
  // A provider with several domains may have a server for each.
  const auto by_address = preset(fields.peek("username"), protocol, tls);
  if (server.preset && by_address && by_address->id == server.preset->id) {
    server.preset = by_address;
  }
  if (server.preset) {
    server.address = {server.preset->host, server.preset->port};
    server.tls = server.preset->tls;
  } else if (!presets(*provider, protocol).empty()) {
    fields.mistake("tls", {fmt::format("{} does not offer {}", *provider, name(*tls)),
                           "delete the line; the preset knows the best one"});
  } else {
    const std::string_view guess = nearest(lower(*provider), provider_names());
    fields.mistake("provider",
                   {fmt::format("no preset for {} and {}", shown(*provider), name(protocol)),
                    guess.empty() || guess == lower(*provider)
                        ? "write the server instead of a provider, like pop3: pop.example.net:995"
                        : fmt::format("did you mean {}? Or write the server, like pop3: "
                                      "pop.example.net:995",
                                      guess)});
  }
}

/// Plain text to another host must be wanted in so many words.
void check_insecure(Fields& fields, const Server& server) {
  if (server.tls != Tls::none) {
    if (server.insecure) {
      fields.mistake("insecure", {"only belongs to tls: none; certificates are always checked",
                                  "delete it; for an own certificate use ca or pin"});
    }
  } else if (!server.insecure && !server.address.host.empty() &&
             !is_loopback(server.address.host)) {
    const std::string_view key = fields.has("tls") ? "tls" : "provider";
    fields.mistake(key, {fmt::format("the password would cross the network to {} unprotected",
                                     server.address.host),
                         "write tls: implicit or starttls; if the server has neither, add "
                         "insecure: true"});
  }
}

}  // namespace

Server read_server(Fields& fields, std::string_view server_key, MailProtocol protocol) {
  Server server;
  const auto tls = fields.get("tls", tls_mode);
  server.tls = tls.value_or(Tls::implicit);
  fields.read("insecure", server.insecure, truth);
  if (fields.has("provider") && fields.has(server_key)) {
    fields.mistake("provider", {fmt::format("provider and {} exclude each other", server_key),
                                "delete one of them"});
    return server;
  }
  if (fields.has("provider")) {
    apply_preset(fields, server, protocol, tls);
  } else {
    fields.require(server_key, fmt::format("write {}: HOST:PORT", server_key));
    fields.read(server_key, server.address, host_port);
    if (!fields.has("tls") && (server.address.port == 110 || server.address.port == 143 ||
                               server.address.port == 25 || server.address.port == 587)) {
      fields.mistake(server_key,
                     {fmt::format("port {} does not usually begin with TLS", server.address.port),
                      "say which it is: tls: starttls, tls: implicit or tls: none"});
    }
  }
  check_insecure(fields, server);
  return server;
}

Trust read_trust(Report& report, Fields& fields, Tls tls) {
  Trust trust;
  trust.pin = fields.get("pin", certificate_pin);
  if (const auto file = fields.get("ca", line_of_text)) {
    trust.ca = report.resolve(*file);
    std::error_code error;
    const bool found = std::filesystem::exists(*trust.ca, error);
    if (report.files() == Report::Files::check && !found) {
      fields.mistake(
          "ca", {fmt::format("{} {}", trust.ca->string(),
                             error ? "cannot be looked at: " + error.message() : "does not exist"),
                 "name a file with the certificate of the CA in PEM form"});
    }
  }
  if (fields.has("ca") && fields.has("pin")) {
    fields.mistake("pin", {"a pin replaces the CA", "delete one of ca and pin"});
  }
  if (tls == Tls::none && (fields.has("ca") || fields.has("pin"))) {
    fields.mistake(fields.has("ca") ? "ca" : "pin", {"has no effect with tls: none", "delete it"});
  }
  return trust;
}

}  // namespace postern::config
