#include "proxy/daemon/archive/findings.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "proxy/daemon/commands.h"
#include "proxy/daemon/meter.h"
#include "sync/base/log.h"

namespace postern::daemon::archive {

namespace {

using nlohmann::json;

const char* name_of(store::Finding::Kind kind) {
  switch (kind) {
    case store::Finding::Kind::file: return "file";
    case store::Finding::Kind::octets: return "octets";
    case store::Finding::Kind::ready: return "ready";
    case store::Finding::Kind::reference: break;
  }
  return "reference";
}

}  // namespace

json to_json(const std::string& account, const std::filesystem::path& file,
             const store::Verified& verified) {
  json findings = json::array();
  for (const store::Finding& finding : verified.findings) {
    json one = {{"kind", name_of(finding.kind)}, {"what", finding.what}};
    if (!finding.mailbox.empty()) one["mailbox"] = finding.mailbox;
    if (finding.uid != Uid(0)) one["uid"] = finding.uid.value;
    findings.push_back(std::move(one));
  }
  return {{"account", account},
          {"file", file.string()},
          {"messages", verified.messages},
          {"octets", verified.octets},
          {"well", verified.findings.empty()},
          {"more", verified.more},
          {"earlier_release", verified.earlier_release},
          {"findings", std::move(findings)}};
}

std::string findings_text(const std::string& account, const store::Verified& verified) {
  std::string out;
  if (verified.earlier_release)
    out += account + ": of an earlier release; it is taken to this one when it is used\n";
  for (const store::Finding& finding : verified.findings) {
    out += account;
    if (!finding.mailbox.empty()) out += " " + log::quoted(finding.mailbox);
    if (finding.uid != Uid(0)) out += fmt::format(" UID {}", finding.uid.value);
    out += ": " + finding.what + "\n";
  }
  if (verified.more != 0) out += fmt::format("{}: and {} more\n", account, verified.more);
  if (verified.findings.empty())
    out += fmt::format("{}: all is well: {}, {} read again\n", account,
                       counted(verified.messages, "message"), octets_text(verified.octets));
  return out;
}

Checked check_file(const std::string& account, const std::filesystem::path& file) {
  std::expected<store::Verified, Problem> verified;
  {
    Meter meter("checking " + file.string());
    verified =
        store::verify(file, [&meter](const store::Progress& progress) { meter.show(progress); });
  }
  if (!verified) {
    explain(verified.error());
    return Checked::not_checked;
  }
  fmt::print("{}", findings_text(account, *verified));
  return verified->findings.empty() ? Checked::well : Checked::damaged;
}

}  // namespace postern::daemon::archive
