#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "proxy/daemon/archive/digests.h"
#include "proxy/daemon/archive/export_form.h"
#include "proxy/daemon/archive/input_file.h"
#include "sync/wire/ascii.h"
#include "sync/wire/maildir/file_name.h"
#include "sync/wire/maildir/keywords.h"
#include "sync/wire/mbox/measure.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;
using wire::maildir::FileName;
using wire::maildir::Keywords;

/// One folder of a Maildir.
class MaildirWriting {
 public:
  MaildirWriting(store::AccountFile& account, const store::AccountFile::Mailbox& mailbox,
                 fs::path folder)
      : account_(account), mailbox_(mailbox), folder_(std::move(folder)) {
    for (const char* part : {"cur", "new", "tmp"}) make_folder(folder_ / part);
    std::error_code error;
    for (fs::directory_iterator entry(folder_ / "cur", error), end; !error && entry != end;
         entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      there_.emplace(wire::maildir::parse_file_name(name).unique, name);
    }
    name_keywords();
  }

  void put(const store::AccountFile::Message& message, Exported& exported) {
    // Plain text files end their lines with LF; what would not come back so is kept as it is.
    wire::mbox::Measure measure(0);
    Digests digests;
    std::uint64_t line_ends = 0;
    each_piece(account_, message, [&](std::string_view piece) {
      measure.feed(piece);
      digests.feed(piece);
      line_ends += static_cast<std::uint64_t>(std::ranges::count(piece, '\n'));
    });
    measure.finish();
    digests.finish();
    const bool turns = measure.clean();
    const std::uint64_t octets = turns ? message.octets - line_ends : message.octets;
    FileName name = name_of(message, digests.content(), octets, exported);
    const std::string file = wire::maildir::format_file_name(name);
    const fs::path target = folder_ / "cur" / file;
    if (const auto found = there_.find(name.unique); found != there_.end()) {
      const fs::path old = folder_ / "cur" / found->second;
      const std::optional<std::uint64_t> same = equal_octets(message, old, turns);
      const bool taken = old != target && stamp_of(target) != Stamp{};
      if (!same || taken) {
        exported.left.push_back((taken ? target : old).string() +
                                " was changed since; move it away, or name another folder");
        return;
      }
      if (*same == octets) {
        if (old != target) fs::rename(old, target);
        ++exported.there;
        return;
      }
      fs::remove(old);  // cut short by a crash
    }
    write(message, target, name.unique, turns);
    ++exported.written;
  }

 private:
  void name_keywords() {
    const fs::path path = folder_ / Keywords::file;
    if (auto file = InputFile::find(path)) {
      std::string text(file->size(), '\0');
      text.resize(file->read(0, text.data(), text.size()));
      keywords_ = Keywords::parse(text);
    }
    const Keywords before = keywords_;
    for (const std::string& keyword : mailbox_.keywords) {
      if (!keyword.empty() && !is_passed(keyword)) (void)keywords_.letter_for(keyword);
    }
    if (keywords_ == before) return;
    OutputFile file(path);
    file.write(keywords_.format());
    file.finish(OutputFile::Durable::yes);
    file.keep(OutputFile::Existing::replace);
  }

  static bool is_passed(std::string_view keyword) {
    return wire::equal_ignoring_case(keyword, "$Forwarded");
  }

  FileName name_of(const store::AccountFile::Message& message, const store::BodyHash& content,
                   std::uint64_t octets, Exported& exported) {
    std::string hash = fmt::format("{}.H", message.date.seconds);
    for (std::size_t i = 0; i < 16; ++i)
      hash += fmt::format("{:02x}", static_cast<unsigned>(content[i]));
    const unsigned occurrence = ++seen_[hash];
    FileName name{.unique = fmt::format("{}O{}.postern,S={}", hash, occurrence, octets),
                  .flags = message.flags.system,
                  .passed = false,
                  .keywords = {}};
    for (const std::string& keyword : marks_of(mailbox_, message).keywords) {
      if (is_passed(keyword)) {
        name.passed = true;
      } else if (const auto letter = keywords_.letter_for(keyword)) {
        name.keywords += *letter;
      } else {
        ++exported.keywords_lost;
      }
    }
    std::ranges::sort(name.keywords);
    return name;
  }

  /// The octets of the file of a message, in pieces.
  void each_written(const store::AccountFile::Message& message, bool turns,
                    const std::function<void(std::string_view)>& visit) {
    bool held_cr = false;
    std::string out;
    each_piece(account_, message, [&](std::string_view piece) {
      if (!turns) return visit(piece);
      for (const char octet : piece) {
        if (held_cr && octet != '\n') out += '\r';
        held_cr = octet == '\r';
        if (!held_cr) out += octet;
      }
      visit(out);
      out.clear();
    });
    if (held_cr) visit("\r");
  }

  /// How long the file is, if it is the beginning of what is written of the message, or all of it.
  std::optional<std::uint64_t> equal_octets(const store::AccountFile::Message& message,
                                            const fs::path& path, bool turns) {
    InputFile file(path);
    std::uint64_t at = 0;
    bool equal = true;
    std::string found;
    each_written(message, turns, [&](std::string_view piece) {
      found.resize(piece.size());
      found.resize(file.read(at, found.data(), piece.size()));
      equal = equal && piece.starts_with(found);
      at += found.size();
    });
    if (!equal || at != file.size()) return std::nullopt;
    return at;
  }

  void write(const store::AccountFile::Message& message, const fs::path& target,
             const std::string& unique, bool turns) {
    OutputFile file(target, folder_ / "tmp" / unique);
    each_written(message, turns, [&file](std::string_view piece) { file.write(piece); });
    file.finish(OutputFile::Durable::no);
    file.set_modified(message.date.seconds);
    file.keep(OutputFile::Existing::refuse);
  }

  store::AccountFile& account_;
  const store::AccountFile::Mailbox& mailbox_;
  const fs::path folder_;
  std::map<std::string, std::string> there_;  ///< names in cur by what is unique in them
  std::map<std::string, unsigned> seen_;      ///< how often a message was met, by date and hash
  Keywords keywords_;
};

}  // namespace

Exported write_maildir(store::AccountFile& account, const store::AccountFile::Mailbox& mailbox,
                       const fs::path& folder, const Counted& counted) {
  Exported exported;
  MaildirWriting writing(account, mailbox, folder);
  const auto messages = account.messages(mailbox.id);
  exported.gone = account.each(mailbox.id, messages, [&](const auto& message) {
    writing.put(message, exported);
    counted(message.octets);
  });
  sync_folder(folder);
  return exported;
}

}  // namespace postern::daemon::archive
