#include "proxy/daemon/devices/device_setup.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "proxy/access/settings/autoconfig.h"
#include "proxy/access/settings/autodiscover.h"
#include "proxy/access/settings/mobileconfig.h"
#include "proxy/access/settings/qr_code.h"
#include "proxy/daemon/daemon.h"
#include "proxy/daemon/devices/settings_text.h"
#include "proxy/daemon/offers.h"
#include "proxy/web/origin.h"
#include "sync/net/own_signature.h"

namespace postern::daemon {
namespace {

using access::settings::MailSettings;
using access::settings::Security;
using access::settings::Server;
using nlohmann::json;
using store::DeviceRights;

constexpr std::array<std::pair<SetupForm, const char*>, 3> forms = {{
    {SetupForm::apple, "apple"},
    {SetupForm::thunderbird, "thunderbird"},
    {SetupForm::text, "text"},
}};

access::settings::Hosts hosts_now(const Daemon& daemon) {
  access::settings::Hosts hosts = hosts_of(net::host_facts());
  const auto facts = daemon.faces().certificate().facts();
  if (!facts || facts->authority) return hosts;
  // Of the operator's certificate: what is asked for by another name is not trusted.
  hosts.addresses = false;
  std::vector<std::string> names = facts->host_names;
  const auto is_own = [&](const std::string& name) {
    return web::is_certified(hosts.network, name);
  };
  if (std::ranges::any_of(names, is_own)) return hosts;
  std::erase_if(names, [](const std::string& name) { return name.starts_with('*'); });
  if (!names.empty()) hosts.network = access::settings::network_name(names);
  return hosts;
}

std::string mail_address_of(const Daemon& daemon, const DeviceWish& device) {
  if (!device.sender.empty()) return device.sender;
  const auto& accounts = daemon.config().accounts;
  const auto account = std::ranges::find(accounts, device.account, &config::Account::name);
  if (account == accounts.end()) return {};
  for (const config::Outgoing& server : account->outgoing)
    if (!server.from.empty()) return server.from.front();
  for (const config::Source& source : account->sources)
    if (source.username.contains('@')) return source.username;
  return {};
}

const char* name_of(Security security) {
  if (security == Security::none) return "none";
  return security == Security::tls ? "tls" : "starttls";
}

const char* name_of(Server::Reach reach) {
  return reach == Server::Reach::network ? "network" : "this_machine";
}

/// Host and port for the address of the page: on this machine as it listens, since a name might
/// lead somewhere else.
std::string authority_of(const Daemon& daemon, const Server& web) {
  const auto& places = daemon.faces().places();
  const auto place = std::ranges::find(places, Face::web, &Faces::Place::face);
  if (web.reach == Server::Reach::this_machine && place != places.end()) return place->address;
  const std::string host = web.host.contains(':') ? "[" + web.host + "]" : web.host;
  return fmt::format("{}:{}", host, web.port);
}

std::string text_for(const Daemon& daemon, const DeviceWish& device, const Secret& password) {
  std::vector<ListeningPlace> places;
  for (const Faces::Place& place : daemon.faces().places())
    places.push_back({daemon::name_of(place.face), place.address});
  return settings_text(device, password, places, hosts_now(daemon).network);
}

/// Of a phone's camera a link to this machine alone is of no use: it gets the settings themselves.
json qr_for(const json& link, const std::string& text) {
  const bool leads = link.is_object() && link.at("reach") == "network";
  const auto code =
      access::settings::QrCode::make(leads ? link.at("address").get<std::string>() : text);
  if (!code) return nullptr;
  json rows = json::array();
  for (std::size_t row = 0; row < code->width(); ++row) {
    std::string modules;
    for (std::size_t column = 0; column < code->width(); ++column)
      modules += code->at(row, column) == access::settings::QrCode::Module::dark ? '1' : '0';
    rows.push_back(std::move(modules));
  }
  return {{"holds", leads ? "link" : "text"}, {"rows", std::move(rows)}};
}

/// Signed where there is an own authority, which the device learns of by the same file.
std::expected<Secret, Problem> profile_for(const Daemon& daemon, const MailSettings& settings,
                                           const Secret& password) {
  const auto facts = daemon.faces().certificate().facts();
  const bool own = facts && facts->authority;
  access::settings::Profile profile{.password = password, .authority_der = {}};
  if (own) {
    auto authority = net::own_authority_der(daemon.config().state);
    if (!authority) return std::unexpected(authority.error());
    profile.authority_der = std::move(*authority);
  }
  Secret plain = mobileconfig_plist(settings, profile);
  if (!own) return plain;
  auto signed_text = net::signed_by_own_authority(daemon.config().state, plain.reveal());
  if (!signed_text) return std::unexpected(signed_text.error());
  return Secret(std::move(*signed_text));
}

}  // namespace

const char* name_of(SetupForm form) {
  const auto found = std::ranges::find(forms, form, &std::pair<SetupForm, const char*>::first);
  return found == forms.end() ? "" : found->second;
}

std::optional<SetupForm> setup_form_from(std::string_view name) {
  for (const auto& [form, word] : forms)
    if (name == word) return form;
  return std::nullopt;
}

MailSettings settings_for(const Daemon& daemon, const DeviceWish& device) {
  MailSettings settings = mail_settings(offers_of(daemon.faces().places()), hosts_now(daemon),
                                        fmt::format("{}/{}", device.account, device.name),
                                        mail_address_of(daemon, device));
  if (device.rights == DeviceRights::send_only) {
    settings.imap.reset();
    settings.pop3.reset();
  } else if (device.rights == DeviceRights::read_only) {
    settings.smtp.reset();
  }
  return settings;
}

std::vector<SetupForm> forms_for(const MailSettings& settings) {
  using enum Server::Reach;
  if (!settings.imap) return {SetupForm::text};
  // Where the page is reached and the mailbox is not, servers by name would lead nowhere.
  const bool page_alone =
      settings.web && settings.web->reach == network && settings.imap->reach != network;
  if (page_alone) return {SetupForm::text};
  // Apple's profiles have to name a server for sending.
  if (!settings.smtp) return {SetupForm::thunderbird, SetupForm::text};
  return {SetupForm::apple, SetupForm::thunderbird, SetupForm::text};
}

json new_link(const Daemon& daemon, const DeviceWish& device, const Secret& password) {
  const auto web = settings_for(daemon, device).web;
  if (!web) return nullptr;
  const bool here = web->reach == Server::Reach::this_machine;
  const std::string link =
      daemon.links().make({device, password}, std::chrono::steady_clock::now());
  return {{"address", fmt::format("{}://{}/device#{}", here ? "http" : "https",
                                  authority_of(daemon, *web), link)},
          {"reach", name_of(web->reach)},
          {"minutes", OneTimeLinks::lifetime.count()}};
}

json welcome(const Daemon& daemon, const DeviceWish& device, const Secret& password) {
  const MailSettings settings = settings_for(daemon, device);
  json out = {{"user", settings.login},
              {"password", password.reveal()},
              {"sender", device.sender},
              {"servers", json::array()}};
  const auto add = [&out](const char* what, const std::optional<Server>& server) {
    if (!server) return;
    out["servers"].push_back({{"what", what},
                              {"host", server->host},
                              {"port", server->port},
                              {"security", name_of(server->security)},
                              {"reach", name_of(server->reach)}});
  };
  add("imap", settings.imap);
  add("pop3", settings.pop3);
  add("smtp", settings.smtp);
  out["link"] = new_link(daemon, device, password);
  out["qr"] = qr_for(out["link"], text_for(daemon, device, password));
  return out;
}

std::optional<std::string> discover(const Daemon& daemon, web::House::Discovery form,
                                    web::House::Asker asker, const std::string& address) {
  // Clients of autoconfig put in what stands before the @ themselves.
  const bool autoconfig = form == web::House::Discovery::autoconfig;
  std::string login = autoconfig ? "%EMAILLOCALPART%" : address.substr(0, address.find('@'));
  MailSettings settings = mail_settings(offers_of(daemon.faces().places()), hosts_now(daemon),
                                        std::move(login), address);
  if (asker == web::House::Asker::network) {
    for (auto* server : {&settings.imap, &settings.pop3, &settings.smtp}) {
      if (*server && (*server)->reach != Server::Reach::network) server->reset();
    }
  }
  if (!settings.imap && !settings.pop3) return std::nullopt;
  return autoconfig ? autoconfig_xml(settings) : autodiscover_xml(settings);
}

std::expected<web::House::HandOut, Problem> hand_out(const Daemon& daemon,
                                                     const OneTimeLinks::Gift& gift,
                                                     SetupForm form) {
  const MailSettings settings = settings_for(daemon, gift.device);
  const std::vector<SetupForm> possible = forms_for(settings);
  if (std::ranges::find(possible, form) == possible.end())
    return std::unexpected(Problem{"this device cannot be set up in that way", "take the text"});
  const std::string name = fmt::format("{}-{}", gift.device.account, gift.device.name);
  switch (form) {
    case SetupForm::apple: {
      auto profile = profile_for(daemon, settings, gift.password);
      if (!profile) return std::unexpected(profile.error());
      return web::House::HandOut{"application/x-apple-aspen-config", name + ".mobileconfig",
                                 std::move(*profile)};
    }
    case SetupForm::thunderbird: {
      // The format has no place for a password; in a comment a person finds it.
      std::string xml = autoconfig_xml(settings);
      const std::size_t end = xml.find("?>");
      xml.insert(end == std::string::npos ? 0 : end + 2,
                 fmt::format("\n<!-- Password: {} -->", gift.password.reveal()));
      return web::House::HandOut{"text/xml; charset=utf-8", name + ".xml", Secret(std::move(xml))};
    }
    case SetupForm::text: break;
  }
  return web::House::HandOut{"text/plain; charset=utf-8", "",
                             Secret(text_for(daemon, gift.device, gift.password))};
}

}  // namespace postern::daemon
