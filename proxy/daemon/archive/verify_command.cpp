#include <cstdio>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "proxy/daemon/archive/archive.h"
#include "proxy/daemon/archive/findings.h"
#include "proxy/daemon/serve.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;

struct Subject {
  std::string name;
  fs::path file;
};

void tell_what_to_do(const std::vector<Subject>& damaged, const VerifyOptions& options) {
  const std::string& first = damaged.front().name;
  explain({fmt::format("{} not as it has to be", damaged.size() == 1 ? first + " is" : "some are"),
           options.file.empty()
               ? fmt::format("put back a good backup (postern restore --replace), or stop the "
                             "daemon and save what can be read: postern verify --repair {}",
                             first)
               : "make another backup, and keep the older ones"});
}

}  // namespace

int verify_command(const fs::path& config_file, const VerifyOptions& options) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  be_modest();
  std::vector<Subject> subjects;
  if (!options.file.empty()) {
    subjects.push_back({options.file.filename().string(), options.file});
  } else {
    const auto accounts = chosen_accounts(*config, options.account);
    if (!accounts) {
      explain(accounts.error());
      return exit_failed;
    }
    for (const std::string& account : *accounts)
      subjects.push_back({account, mail_file(*config, account)});
  }
  nlohmann::json all = nlohmann::json::array();
  std::vector<Subject> damaged;
  bool all_checked = true;
  for (const Subject& subject : subjects) {
    std::error_code ignored;
    if (options.file.empty() && !fs::exists(subject.file, ignored)) {
      if (options.form == StatusForm::text) fmt::print("{}: has no mail yet\n", subject.name);
      continue;
    }
    if (options.form == StatusForm::text) {
      const Checked checked = check_file(subject.name, subject.file);
      if (checked == Checked::damaged) damaged.push_back(subject);
      all_checked = all_checked && checked != Checked::not_checked;
      continue;
    }
    const auto verified = store::verify(subject.file, [](const store::Progress&) {});
    if (!verified) {
      explain(verified.error());
      return exit_failed;
    }
    all.push_back(to_json(subject.name, subject.file, *verified));
    if (!verified->findings.empty()) damaged.push_back(subject);
  }
  if (options.form == StatusForm::json)
    fmt::print("{}\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  if (!damaged.empty()) tell_what_to_do(damaged, options);
  return damaged.empty() && all_checked ? exit_ok : exit_failed;
}

}  // namespace postern::daemon::archive
