#include "config/provider.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <ranges>

#include "config/csv.h"
#include "config/values.h"

namespace postern::config {

/// providers.csv, compiled in.
extern const std::string_view providers_csv;

namespace {

struct Alias {
  std::string_view name;
  std::string_view id;
};

/// Names people use that are neither an id nor a domain of the list.
constexpr std::array aliases = {Alias{"gmx", "gmx.net"},
                                Alias{"gmail", "googlemail.com"},
                                Alias{"google", "googlemail.com"},
                                Alias{"googlemail", "googlemail.com"},
                                Alias{"web", "web.de"},
                                Alias{"t-online", "t-online.de"},
                                Alias{"telekom", "t-online.de"},
                                Alias{"ionos", "1und1.de"},
                                Alias{"1und1", "1und1.de"},
                                Alias{"yahoo", "yahoo.com"},
                                Alias{"aol", "aol.com"},
                                Alias{"outlook", "hotmail.com"},
                                Alias{"hotmail", "hotmail.com"},
                                Alias{"microsoft365", "office365.com"},
                                Alias{"posteo", "posteo.de"},
                                Alias{"strato", "strato.de"},
                                Alias{"ovh", "ovh.net"},
                                Alias{"gandi", "gandi.net"},
                                Alias{"orange", "orange.fr"},
                                Alias{"free", "free.fr"},
                                Alias{"libero", "libero.it"},
                                Alias{"yandex", "yandex.ru"},
                                Alias{"zoho", "zoho.com"},
                                Alias{"fastmail", "MessagingEngine"},
                                Alias{"comcast", "comcast.net"},
                                Alias{"vodafone", "vodafonemail.de"}};

enum Column : std::size_t {
  column_id,
  column_domains,
  column_protocol,
  column_host,
  column_port,
  column_tls,
  column_username,
  column_auth,
  column_poll_minutes,
  column_leave,
  column_enable_page,
  columns
};
using Row = std::array<std::string_view, columns>;

template <class Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<MailProtocol> protocol_named(std::string_view name) {
  if (name == "pop3") return MailProtocol::pop3;
  if (name == "imap") return MailProtocol::imap;
  if (name == "smtp") return MailProtocol::smtp;
  return std::nullopt;
}

Preset::LoginForm login_form(std::string_view pattern) {
  using Form = Preset::LoginForm;
  if (pattern == "%EMAILLOCALPART%") return Form::local_part;
  if (pattern == "%EMAILLOCALPART%.%EMAILDOMAIN%") return Form::local_part_dot_domain;
  return Form::address;
}

Preset::Auth auth(std::string_view ways) {
  const bool password = ways.find("password-cleartext") != std::string_view::npos;
  const bool oauth = ways.find("OAuth2") != std::string_view::npos;
  if (password) return oauth ? Preset::Auth::password_or_oauth : Preset::Auth::password;
  return ways.starts_with("OAuth2") ? Preset::Auth::oauth_only : Preset::Auth::scrambled_only;
}

std::vector<Preset> read_list() {
  std::vector<Preset> list;
  for (const auto part : providers_csv | std::views::split('\n') | std::views::drop(1)) {
    const Row row = csv_row<columns>(std::string_view(part.begin(), part.end()));
    const auto protocol = protocol_named(row[column_protocol]);
    const auto tls = tls_mode(row[column_tls]);
    // The list knows other protocols (Exchange and the like) that are of no use here.
    if (!protocol || !tls) continue;
    list.push_back({row[column_id], row[column_domains], *protocol, std::string(row[column_host]),
                    number<std::uint16_t>(row[column_port]), *tls, login_form(row[column_username]),
                    auth(row[column_auth]),
                    std::chrono::minutes(number<int>(row[column_poll_minutes])),
                    row[column_enable_page]});
  }
  return list;
}

const std::vector<Preset>& list() {
  static const std::vector<Preset> presets = read_list();
  return presets;
}

/// What a person wrote, as an id of the list or a domain.
std::string id_or_domain(std::string_view name) {
  std::string wanted = lower(name);
  if (const std::size_t at = wanted.rfind('@'); at != std::string::npos) wanted.erase(0, at + 1);
  const auto alias = std::ranges::find(aliases, wanted, &Alias::name);
  return alias == aliases.end() ? wanted : lower(alias->id);
}

/// The entry of the list that is meant: one provider may have several, each with its domains.
const Preset* find(std::string_view wanted) {
  auto found =
      std::ranges::find_if(list(), [&](const Preset& preset) { return preset.serves(wanted); });
  if (found == list().end()) {
    found = std::ranges::find_if(list(),
                                 [&](const Preset& preset) { return lower(preset.id) == wanted; });
  }
  return found == list().end() ? nullptr : &*found;
}

/// Some providers have a server for each domain, named after it.
void fill_in_domain(Preset& preset, std::string_view wanted) {
  constexpr std::string_view mark = "%EMAILDOMAIN%";
  const std::size_t at = preset.host.find(mark);
  if (at == std::string::npos) return;
  const std::string_view first = preset.domains.substr(0, preset.domains.find(' '));
  preset.host.replace(at, mark.size(), preset.serves(wanted) ? wanted : first);
}

}  // namespace

bool Preset::serves(std::string_view domain) const {
  return std::ranges::any_of(domains | std::views::split(' '),
                             [&](const auto& part) { return std::ranges::equal(part, domain); });
}

std::string Preset::login_name(std::string_view username) const {
  const std::size_t at = username.rfind('@');
  if (at == std::string_view::npos || login_form == LoginForm::address ||
      !serves(lower(username.substr(at + 1)))) {
    return std::string(username);
  }
  std::string name(username.substr(0, at));
  if (login_form == LoginForm::local_part_dot_domain) {
    name += '.';
    name += username.substr(at + 1);
  }
  return name;
}

std::vector<Preset> presets(std::string_view name, MailProtocol protocol) {
  std::vector<Preset> found;
  const std::string wanted = id_or_domain(name);
  const Preset* entry = find(wanted);
  if (entry == nullptr) return found;
  for (const Tls tls : {Tls::implicit, Tls::starttls, Tls::none}) {
    std::ranges::copy_if(list(), std::back_inserter(found), [&](const Preset& preset) {
      return preset.id == entry->id && preset.domains == entry->domains &&
             preset.protocol == protocol && preset.tls == tls;
    });
  }
  for (Preset& preset : found) fill_in_domain(preset, wanted);
  return found;
}

std::optional<Preset> preset(std::string_view name, MailProtocol protocol, std::optional<Tls> tls) {
  const std::vector<Preset> found = presets(name, protocol);
  const auto wanted =
      std::ranges::find_if(found, [&](const Preset& preset) { return !tls || preset.tls == *tls; });
  return wanted == found.end() ? std::nullopt : std::optional(*wanted);
}

std::optional<Preset> preset_of_server(std::string_view host) {
  const auto is_server = [wanted = lower(host)](const Preset& preset) {
    return preset.protocol == MailProtocol::pop3 && preset.host == wanted;
  };
  const auto found = std::ranges::find_if(list(), is_server);
  return found == list().end() ? std::nullopt : std::optional(*found);
}

std::vector<std::string_view> provider_names() {
  std::vector<std::string_view> names;
  std::ranges::transform(aliases, std::back_inserter(names), &Alias::name);
  for (const Preset& preset : list()) {
    if (names.empty() || names.back() != preset.id) names.push_back(preset.id);
  }
  return names;
}

}  // namespace postern::config
