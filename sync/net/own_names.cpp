#include "sync/net/own_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <string_view>

#include <asio/ip/address.hpp>
#include <asio/ip/network_v4.hpp>
#include <asio/ip/network_v6.hpp>

namespace postern::net {
namespace {

constexpr std::array private_networks{"10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16",
                                      "169.254.0.0/16", "127.0.0.0/8",   "fc00::/7",
                                      "fe80::/10",      "::1/128"};

/// Top-level domains that people call a machine by. To vouch for one is to vouch for all of it;
/// those of countries, with two letters, are left out whatever they are.
constexpr std::string_view top_level_domains[] = {
    "academy",   "agency",     "airbus",      "android", "apple",      "archi",      "army",
    "arpa",      "art",        "asia",        "audio",   "auto",       "baby",       "band",
    "bank",      "bar",        "beer",        "berlin",  "best",       "bike",       "bio",
    "biz",       "black",      "blog",        "blue",    "boo",        "book",       "box",
    "build",     "business",   "buzz",        "cab",     "cafe",       "cam",        "camera",
    "camp",      "care",       "casa",        "cash",    "cat",        "center",     "chat",
    "city",      "click",      "cloud",       "club",    "codes",      "coffee",     "com",
    "community", "company",    "computer",    "cool",    "country",    "dad",        "data",
    "day",       "deal",       "delivery",    "design",  "dev",        "diamonds",   "digital",
    "direct",    "directory",  "dog",         "domains", "earth",      "edu",        "education",
    "email",     "energy",     "engineering", "events",  "expert",     "express",    "family",
    "fan",       "farm",       "film",        "fire",    "fish",       "fly",        "foo",
    "forum",     "foundation", "fox",         "fun",     "gallery",    "game",       "games",
    "garden",    "gift",       "global",      "gmail",   "gold",       "google",     "gov",
    "green",     "group",      "guide",       "guru",    "hamburg",    "haus",       "help",
    "here",      "hiphop",     "home",        "horse",   "host",       "hosting",    "hot",
    "house",     "how",        "ice",         "info",    "ink",        "int",        "jobs",
    "kim",       "koeln",      "land",        "legal",   "life",       "lighting",   "link",
    "live",      "lol",        "love",        "ltd",     "management", "map",        "market",
    "media",     "menu",       "mil",         "mini",    "mobi",       "mobile",     "moe",
    "mom",       "money",      "moto",        "mov",     "movie",      "name",       "net",
    "network",   "new",        "news",        "ninja",   "now",        "observer",   "office",
    "one",       "onl",        "online",      "org",     "page",       "party",      "pay",
    "phd",       "phone",      "photo",       "photos",  "pics",       "pictures",   "pink",
    "pixel",     "pizza",      "place",       "play",    "plus",       "post",       "press",
    "print",     "pro",        "prof",        "pub",     "quest",      "radio",      "read",
    "red",       "reisen",     "ren",         "rest",    "rip",        "rocks",      "room",
    "run",       "safe",       "save",        "school",  "science",    "search",     "secure",
    "security",  "services",   "sexy",        "shop",    "show",       "silk",       "site",
    "ski",       "sky",        "smart",       "social",  "software",   "solar",      "solutions",
    "space",     "spot",       "storage",     "store",   "stream",     "studio",     "style",
    "support",   "systems",    "talk",        "team",    "tech",       "technology", "tel",
    "tips",      "tools",      "top",         "tour",    "town",       "toys",       "trade",
    "training",  "travel",     "tube",        "video",   "vip",        "voice",      "watch",
    "watches",   "weather",    "web",         "webcam",  "website",    "weir",       "wiki",
    "win",       "wine",       "work",        "works",   "world",      "wow",        "xbox",
    "xin",       "xyz",        "yoga",        "you",     "zero",       "zip",        "zone"};

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool is_host_name(std::string_view name) {
  if (name.size() > 253) return false;
  // A last label of digits makes it look like an address.
  if (std::ranges::all_of(name.substr(name.rfind('.') + 1),
                          [](unsigned char c) { return std::isdigit(c) != 0; })) {
    return false;
  }
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.')) {
    if (!is_label(name.substr(0, dot))) return false;
    name.remove_prefix(dot + 1);
  }
  return is_label(name);
}

bool is_top_level_domain(std::string_view name) {
  return !name.contains('.') &&
         (name.size() == 2 || name.starts_with("xn--") ||
          std::ranges::find(top_level_domains, name) != std::ranges::end(top_level_domains));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

void add(std::vector<std::string>& all, std::string one) {
  if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
}

/// What the host is called, then what it is called in the local network; whatever is no name is
/// left out.
std::vector<std::string> names_of(std::string_view host) {
  const std::string name = lower(host);
  const std::string label = name.substr(0, name.find('.'));
  std::vector<std::string> out;
  if (is_host_name(name)) add(out, name);
  if (is_host_name(label)) add(out, label);
  if (is_label(label)) add(out, label + ".local");
  return out;
}

bool permits(const std::vector<std::string>& subtrees, std::string_view name) {
  return std::ranges::any_of(subtrees, [&](const std::string& subtree) {
    return name == subtree || name.ends_with("." + subtree);
  });
}

bool lies_in(const asio::ip::address& address, const std::string& network) {
  asio::error_code no_match;
  if (address.is_v4()) {
    const auto net = asio::ip::make_network_v4(network, no_match);
    return !no_match && asio::ip::network_v4(address.to_v4(), net.prefix_length()).canonical() ==
                            net.canonical();
  }
  const auto net = asio::ip::make_network_v6(network, no_match);
  return !no_match &&
         asio::ip::network_v6(address.to_v6(), net.prefix_length()).canonical() == net.canonical();
}

}  // namespace

NameScope own_scope(std::string_view host) {
  NameScope scope;
  for (std::string& name : names_of(host)) {
    if (!is_top_level_domain(name) && !name.ends_with(".local")) add(scope.names, std::move(name));
  }
  add(scope.names, "local");
  add(scope.names, "localhost");
  scope.networks.assign(private_networks.begin(), private_networks.end());
  return scope;
}

ServerNames server_names(const HostFacts& host, const NameScope& scope) {
  ServerNames out;
  for (const std::string& name : names_of(host.name))
    add(permits(scope.names, name) ? out.names : out.left_out, name);
  add(out.names, "localhost");
  out.addresses = {"127.0.0.1", "::1"};
  for (const std::string& text : host.addresses) {
    asio::error_code no_address;
    const auto address = asio::ip::make_address(text, no_address);
    // Link-local addresses of IPv6 need a zone, which no certificate can hold.
    if (no_address || (address.is_v6() && address.to_v6().is_link_local())) continue;
    const bool permitted = std::ranges::any_of(
        scope.networks, [&](const std::string& network) { return lies_in(address, network); });
    add(permitted ? out.addresses : out.left_out, address.to_string());
  }
  return out;
}

}  // namespace postern::net
