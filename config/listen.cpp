#include "config/fields.h"
#include "config/sections.h"
#include "config/taken.h"
#include "config/values.h"

namespace postern::config {
namespace {

/// Its account is looked for when all accounts are known.
Parsed<std::string> device_user(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash + 1 == text.size() ||
      !account_name(text.substr(0, slash)))
    return std::unexpected(
        Problem{shown(text) + " names no device", "write its user name, like anna/scanner"});
  return std::string(text);
}

void read_scanners(Report& report, const Node& node, Taken& taken,
                   std::vector<ScannerListener>& into) {
  const auto read_one = [&](const Node& item, const std::string& path) {
    Fields fields(report, item, path, {"address", "device"});
    fields.require("address", "write address: 192.0.2.5:25, of the network that the scanner is in");
    fields.require("device", "write device: anna/scanner, as postern device add made it");
    ScannerListener scanner;
    fields.read("address", scanner.address, listen_address);
    fields.read("device", scanner.device, device_user);
    taken.check(fields, "address", {scanner.address}, "scanner");
    into.push_back(std::move(scanner));
  };
  if (node.kind != Node::Kind::sequence) return read_one(node, "listen.scanner");
  std::size_t index = 0;
  for (const Node* item : items(report, node, "listen.scanner"))
    read_one(*item, Fields::item_path("listen.scanner", index++));
}

}  // namespace

Listen read_listen(Report& report, const Node& root, Taken& taken) {
  Listen listen;
  Fields fields(report, root, "listen",
                {"imap", "imaps", "pop3", "submission", "submissions", "scanner", "web"});
  const auto read = [&](std::string_view key, std::vector<std::string>& into) {
    fields.read_list(key, into, listen_address);
    taken.check(fields, key, into, key);
  };
  read("imap", listen.imap);
  read("imaps", listen.imaps);
  read("pop3", listen.pop3);
  read("submission", listen.submission);
  read("submissions", listen.submissions);
  if (const Node* scanner = fields.find("scanner"))
    read_scanners(report, *scanner, taken, listen.scanners);
  read("web", listen.web);
  return listen;
}

}  // namespace postern::config
