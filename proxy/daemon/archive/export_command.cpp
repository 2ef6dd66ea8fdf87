#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "proxy/daemon/archive/archive.h"
#include "proxy/daemon/archive/export_form.h"
#include "proxy/daemon/archive/export_lock.h"
#include "proxy/daemon/archive/export_record.h"
#include "proxy/daemon/archive/import_folder.h"
#include "proxy/daemon/archive/input_file.h"
#include "proxy/daemon/meter.h"
#include "proxy/daemon/serve.h"
#include "sync/store/account_file.h"
#include "sync/wire/ascii.h"
#include "sync/wire/maildir/folder_name.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;
using Mailbox = store::AccountFile::Mailbox;
using Variant = wire::mbox::Variant;

constexpr std::string_view suffix = ".mbox";

/// "Work/2024" -> "Work/2024.mbox". No folder is called as the file of a mailbox is.
std::string file_of(const std::string& mailbox) {
  std::string file;
  std::size_t begin = 0;
  for (std::size_t end = mailbox.find('/'); end != std::string::npos;
       end = mailbox.find('/', begin)) {
    std::string level = file_level(std::string_view(mailbox).substr(begin, end - begin));
    if (level.size() >= suffix.size() &&
        wire::equal_ignoring_case(std::string_view(level).substr(level.size() - suffix.size()),
                                  suffix))
      level.replace(level.size() - suffix.size(), 1, "%2E");
    file += level + "/";
    begin = end + 1;
  }
  return file + file_level(std::string_view(mailbox).substr(begin)) + std::string(suffix);
}

std::string format_of(const ExportOptions& options) {
  constexpr std::array<const char*, 4> names = {"mboxo", "mboxrd", "mboxcl", "mboxcl2"};
  return options.variant ? names[static_cast<std::size_t>(*options.variant)] : "maildir";
}

class Export {
 public:
  Export(const config::Config& config, const ExportOptions& options)
      : options_(options), account_(mail_file(config, options.account)) {}

  int run() {
    auto mailboxes = account_.mailboxes();
    if (const auto unknown = keep_chosen(mailboxes)) {
      explain(*unknown);
      return exit_failed;
    }
    for (const Mailbox& mailbox : mailboxes) progress_.octets_total += mailbox.octets;
    std::error_code ignored;
    const bool single = options_.variant && options_.mailboxes.size() == 1 &&
                        options_.target.has_filename() &&
                        !fs::is_directory(options_.target, ignored);
    {
      Meter meter("export of " + options_.account);
      meter_ = &meter;
      if (single) {
        write_single(mailboxes.front());
      } else if (options_.variant) {
        write_files(mailboxes, *options_.variant);
      } else {
        write_folders(mailboxes);
      }
    }
    report();
    return total_.left.empty() ? exit_ok : exit_failed;
  }

 private:
  std::optional<Problem> keep_chosen(std::vector<Mailbox>& mailboxes) const {
    if (options_.mailboxes.empty()) return std::nullopt;
    std::string names;
    for (const Mailbox& mailbox : mailboxes) names += (names.empty() ? "" : ", ") + mailbox.name;
    for (const std::string& name : options_.mailboxes) {
      if (std::ranges::find(mailboxes, name, &Mailbox::name) == mailboxes.end())
        return Problem{fmt::format("{} has no mailbox {}", options_.account, name),
                       "these are there: " + names};
    }
    std::erase_if(mailboxes, [this](const Mailbox& mailbox) {
      return std::ranges::find(options_.mailboxes, mailbox.name) == options_.mailboxes.end();
    });
    return std::nullopt;
  }

  Counted counter() {
    return [this](std::uint64_t octets) {
      progress_.octets_done += octets;
      ++progress_.messages_done;
      meter_->show(progress_);
    };
  }

  void add(const Exported& exported) {
    total_.written += exported.written;
    total_.there += exported.there;
    total_.gone += exported.gone;
    total_.keywords_lost += exported.keywords_lost;
    total_.left.insert(total_.left.end(), exported.left.begin(), exported.left.end());
  }

  /// Whatever is in the way of one mailbox is in the way of no other.
  void attempt(const Mailbox& mailbox, const std::function<void()>& write) {
    try {
      write();
    } catch (const FileTrouble& trouble) {
      total_.left.push_back(fmt::format("{}: {}", mailbox.name, trouble.what()));
    } catch (const fs::filesystem_error& trouble) {
      total_.left.push_back(fmt::format("{}: {}", mailbox.name, trouble.what()));
    }
  }

  void write_single(const Mailbox& mailbox) {
    if (stamp_of(options_.target) != Stamp{})
      throw FileTrouble(options_.target.string() +
                        " is there already; name another file, or move that one away");
    make_folder(options_.target.parent_path());
    const ExportLock lock(lock_of_file(options_.target));
    OutputFile file(options_.target);
    add(write_mbox(account_, mailbox, *options_.variant, file, counter()));
    file.finish(OutputFile::Durable::yes);
    file.keep(OutputFile::Existing::refuse);
    sync_folder(options_.target.parent_path());
  }

  void write_files(const std::vector<Mailbox>& mailboxes, Variant variant) {
    ExportRecord record(options_.target, options_.account, format_of(options_));
    for (const Mailbox& mailbox : mailboxes) {
      const std::string name = file_of(mailbox.name);
      const ExportRecord::State state{mailbox.uid_validity, mailbox.mod_seq};
      if (record.up_to_date(name, state)) {
        total_.there += mailbox.messages;
        progress_.octets_done += mailbox.octets;
        continue;
      }
      attempt(mailbox, [&] {
        record.check(name);
        make_folder((options_.target / name).parent_path());
        OutputFile file(options_.target / name);
        const Exported exported = write_mbox(account_, mailbox, variant, file, counter());
        file.finish(OutputFile::Durable::yes);
        record.keep(name, state, file);
        add(exported);
      });
    }
  }

  void write_folders(const std::vector<Mailbox>& mailboxes) {
    const ExportRecord record(options_.target, options_.account, format_of(options_));
    for (const char* part : {"cur", "new", "tmp"}) make_folder(options_.target / part);
    for (const Mailbox& mailbox : mailboxes) {
      attempt(mailbox, [&] { write_folder(mailbox); });
    }
  }

  void write_folder(const Mailbox& mailbox) {
    fs::path folder = options_.target;
    if (mailbox.name != "INBOX") {
      folder /= wire::maildir::folder_of_mailbox(mailbox.name);
      make_folder(folder);
      std::error_code ignored;
      if (const fs::path path = folder / "maildirfolder"; !fs::exists(path, ignored)) {
        OutputFile mark(path);
        mark.finish(OutputFile::Durable::no);
        mark.keep(OutputFile::Existing::refuse);
      }
    }
    add(write_maildir(account_, mailbox, folder, counter()));
  }

  void report() const {
    std::string line = fmt::format("{}: {} written to {}", options_.account,
                                   counted(total_.written, "message"), options_.target.string());
    if (total_.there != 0) line += fmt::format(", {} there already", total_.there);
    if (total_.gone != 0) line += fmt::format(", {} expunged meanwhile", total_.gone);
    fmt::print("{}\n", line);
    if (total_.keywords_lost != 0)
      fmt::print("{} left out: a Maildir has room for 26 in a folder; mbox keeps all\n",
                 counted(total_.keywords_lost, "keyword"));
    std::fflush(stdout);
    for (const std::string& one : total_.left) fmt::print(stderr, "not written: {}\n", one);
  }

  const ExportOptions& options_;
  store::AccountFile account_;
  store::Progress progress_;
  Meter* meter_ = nullptr;
  Exported total_;
};

}  // namespace

int export_command(const std::filesystem::path& config_file, const ExportOptions& options) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  be_modest();
  const auto accounts = chosen_accounts(*config, options.account);
  Problem trouble;
  if (!accounts) {
    trouble = accounts.error();
  } else if (std::error_code ignored; !fs::exists(mail_file(*config, options.account), ignored)) {
    trouble = {options.account + " has no mail yet", ""};
  } else {
    try {
      return Export(*config, options).run();
    } catch (const FileTrouble& failure) {
      trouble = {failure.what(), ""};
    } catch (const fs::filesystem_error& failure) {
      trouble = {failure.what(), "make room, or make it writable; then run the same command again"};
    } catch (const store::StoreFailure& failure) {
      trouble = store::problem_of(failure);
    }
  }
  explain(trouble);
  return exit_failed;
}

}  // namespace postern::daemon::archive
