#include <map>

#include <fmt/format.h>

#include "config/capability_switches.h"
#include "config/fields.h"
#include "config/secret_field.h"
#include "config/sections.h"
#include "config/values.h"

namespace postern::config {
namespace {

/// Who already pulls from a maildrop: two would each delete what the other has not seen.
using Maildrops = std::map<std::string, std::string>;

void read_sources(Report& report, const Node& node, const std::string& path, Maildrops& maildrops,
                  std::vector<Source>& into) {
  std::size_t index = 0;
  for (const Node* item : items(report, node, path)) {
    const std::string item_path = Fields::item_path(path, index++);
    Source source = read_source(report, *item, item_path);
    if (!source.server.host.empty() && !source.username.empty()) {
      const auto [other, is_new] = maildrops.insert({source.maildrop(), item_path});
      if (!is_new) {
        report.mistake(item->at, item_path,
                       {fmt::format("the same mailbox upstream as {}", other->second),
                        "keep one of them; several programs may log in to one account"});
      }
    }
    into.push_back(std::move(source));
  }
}

Account read_account(Report& report, const Node::Entry& entry, Maildrops& maildrops) {
  Account account;
  account.name = entry.key;
  Fields fields(report, entry.value, "accounts." + entry.key,
                {"password", "sources", "outgoing", "imap"});
  fields.require("password", "write password: {file: PATH}: what mail programs log in with");
  if (auto password = read_secret_source(report, fields, "password")) {
    account.password = std::move(*password);
  }
  if (const Node* sources = fields.find("sources")) {
    read_sources(report, *sources, fields.path("sources"), maildrops, account.sources);
  }
  if (const Node* outgoing = fields.find("outgoing")) {
    std::size_t index = 0;
    for (const Node* item : items(report, *outgoing, fields.path("outgoing"))) {
      account.outgoing.push_back(read_outgoing(
          report, *item, Fields::item_path(fields.path("outgoing"), index++), account.sources));
    }
  }
  if (const Node* imap = fields.find("imap")) {
    Fields face(report, *imap, fields.path("imap"), {"capabilities"});
    if (const Node* capabilities = face.find("capabilities"))
      account.capabilities = read_switches(report, *capabilities, face.path("capabilities"));
  }
  return account;
}

}  // namespace

std::vector<Account> read_accounts(Report& report, const Node& node) {
  std::vector<Account> accounts;
  if (node.kind != Node::Kind::mapping) {
    report.mistake(node.at, "accounts",
                   {"must be a group of accounts",
                    "write the name of an account, a colon, and its keys "
                    "below it"});
    return accounts;
  }
  std::map<std::string, std::string> names;
  Maildrops maildrops;
  for (const Node::Entry& entry : node.entries) {
    if (auto name = account_name(entry.key); !name) {
      report.mistake(entry.at, "accounts", std::move(name.error()));
      continue;
    }
    const auto [other, is_new] = names.insert({lower(entry.key), entry.key});
    if (!is_new) {
      report.mistake(entry.at, "accounts." + entry.key,
                     {fmt::format("differs from {} only in upper and lower case", other->second),
                      "choose another name"});
    }
    accounts.push_back(read_account(report, entry, maildrops));
  }
  return accounts;
}

}  // namespace postern::config
