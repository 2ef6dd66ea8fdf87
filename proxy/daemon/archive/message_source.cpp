#include "proxy/daemon/archive/message_source.h"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "proxy/daemon/archive/digests.h"
#include "proxy/daemon/archive/input_file.h"
#include "sync/engine/delivery_date.h"
#include "sync/wire/maildir/file_name.h"
#include "sync/wire/maildir/keywords.h"
#include "sync/wire/mbox/reader.h"
#include "sync/wire/mime/sort_keys.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;
using wire::mbox::Marks;

/// Of a message whose folder does not tell: when it arrived here, else when it was sent, else when
/// the file was written, which nothing is younger than.
InternalDate date_of(std::string_view header, WallTime written) {
  const InternalDate arrived = engine::delivery_date(header, written);
  if (arrived.seconds != written.time_since_epoch().count()) return arrived;
  const auto sent = wire::mime::sort_keys(header).sent;
  if (sent && *sent > 0 && *sent < arrived.seconds) return {*sent, 0};
  return arrived;
}

class MboxSource final : public MessageSource {
 public:
  MboxSource(const ImportFolder& folder, std::uint64_t small_octets)
      : MessageSource(small_octets),
        file_(folder.path),
        reader_(file_, folder.variant),
        name_(folder.path.string()),
        thunderbird_(folder.thunderbird) {}

  bool read(std::string& out) override { return reader_.read(out); }
  [[nodiscard]] std::uint64_t offset() const override { return reader_.offset(); }
  [[nodiscard]] std::string remark() const override {
    if (reader_.skipped() == 0) return "";
    return fmt::format("{}: the first {} octets are no message of an mbox", name_,
                       reader_.skipped());
  }
  [[nodiscard]] std::string incomplete() const override {
    return file_.changed() ? name_ + " was written to meanwhile" : "";
  }

 protected:
  bool find_next(FoundMessage& message) override {
    const auto* found = reader_.next();
    if (found == nullptr) return false;
    message.marks = found->marks;
    // Whatever a sender writes into a header hides no mail where only Thunderbird's word counts, or
    // the first place in a file.
    if (!thunderbird_) message.marks.expunged = false;
    if (!std::exchange(first_, false)) message.marks.pseudo = false;
    // Thunderbird writes there when it fetched the message, in the time of wherever it was.
    const bool told = found->from.date && !(thunderbird_ && found->from.sender == "-");
    message.date = told ? *found->from.date : date_of(found->header, file_.modified());
    return true;
  }
  void rewind() override { reader_.rewind(); }

 private:
  InputFile file_;
  wire::mbox::Reader reader_;
  std::string name_;
  bool thunderbird_;
  bool first_ = true;
};

/// Turns LF into CRLF if the first line ends with LF alone; else leaves all as it is.
class LineEnds {
 public:
  void put(std::string_view octets, std::string& out) {
    while (!octets.empty()) {
      const std::size_t end = octets.find('\n');
      if (end == std::string_view::npos) {
        out += octets;
        last_ = octets.back();
        return;
      }
      const bool crlf = end != 0 ? octets[end - 1] == '\r' : last_ == '\r';
      if (!known_) turns_ = !crlf;
      known_ = true;
      out += octets.substr(0, end);
      out += turns_ && !crlf ? "\r\n" : "\n";
      last_ = '\n';
      octets.remove_prefix(end + 1);
    }
  }

 private:
  bool known_ = false;
  bool turns_ = false;
  char last_ = 0;
};

/// What names a message in a Maildir, however it is flagged and in whichever part it lies.
std::string unique_of(const fs::path& path) {
  return wire::maildir::parse_file_name(path.filename().string()).unique;
}

class MaildirSource final : public MessageSource {
 public:
  MaildirSource(const ImportFolder& folder, std::uint64_t small_octets)
      : MessageSource(small_octets), folder_(folder) {
    // Messages go from new to cur: what is not in the one any more is in the other by then.
    for (const char* part : {"new", "cur"}) list(folder.path / part);
    std::ranges::sort(files_, {}, [](const fs::path& path) { return path.filename(); });
    if (auto file = InputFile::find(folder.path / wire::maildir::Keywords::file)) {
      std::string text(std::min<std::uint64_t>(file->size(), 64UL * 1024), '\0');
      text.resize(file->read(0, text.data(), text.size()));
      keywords_ = wire::maildir::Keywords::parse(text);
    }
  }

  bool read(std::string& out) override {
    constexpr std::size_t block = 256UL * 1024;
    block_.resize(block);
    const std::size_t count = file_->read(at_, block_.data(), block);
    at_ += count;
    ends_.put(std::string_view(block_).substr(0, count), out);
    return count != 0;
  }
  [[nodiscard]] std::uint64_t offset() const override { return done_; }
  [[nodiscard]] std::string remark() const override { return ""; }
  [[nodiscard]] std::string incomplete() const override {
    if (gone_ == 0) return "";
    return fmt::format("{}: {} files were moved or deleted meanwhile", folder_.path.string(),
                       gone_);
  }

 protected:
  bool find_next(FoundMessage& message) override {
    for (;;) {
      if (file_) done_ += file_->size();
      file_.reset();
      if (next_ == files_.size()) return false;
      const fs::path& path = files_[next_++];
      try {
        if (open(path)) {
          describe(path, message);
          return true;
        }
        const fs::path moved = place_now(path);
        // What was listed in both places is read where it is.
        if (!moved.empty() && (is_listed(moved) || !taken_.insert(unique_of(moved)).second))
          continue;
        if (!moved.empty() && open(moved)) {
          describe(moved, message);
          return true;
        }
        ++gone_;
      } catch (const FileTrouble& trouble) {
        unread_.emplace_back(trouble.what());
      }
    }
  }
  void rewind() override {
    at_ = 0;
    ends_ = LineEnds();
  }

 private:
  void list(const fs::path& part) {
    std::error_code error;
    for (fs::directory_iterator entry(part, error), end; !error && entry != end;
         entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      std::error_code ignored;
      if (name.starts_with('.')) continue;
      const fs::file_type type = entry->symlink_status(ignored).type();
      // What was moved just now is looked for when its turn comes.
      if (type == fs::file_type::regular || type == fs::file_type::not_found) {
        files_.push_back(entry->path());
      } else {
        unread_.push_back(entry->path().string() + ": no regular file");
      }
    }
    if (error && error != std::errc::no_such_file_or_directory)
      unread_.emplace_back(FileTrouble("read", part, error.value()).what());
  }

  bool open(const fs::path& path) {
    auto found = InputFile::find(path);
    if (!found) return false;
    file_.emplace(std::move(*found));
    rewind();
    return true;
  }

  /// Where a message is that was moved since it was listed, by somebody who read or flagged it.
  fs::path place_now(const fs::path& before) {
    const std::string unique = unique_of(before);
    for (const bool listed_anew : {false, true}) {
      if (listed_anew) list_moved();
      const auto found = moved_.find(unique);
      std::error_code ignored;
      if (found != moved_.end() && fs::exists(found->second, ignored)) return found->second;
    }
    return {};
  }
  [[nodiscard]] bool is_listed(const fs::path& path) const {
    const auto same = std::ranges::equal_range(
        files_, path.filename(), {}, [](const fs::path& file) { return file.filename(); });
    return std::ranges::find(same, path) != same.end();
  }
  void list_moved() {
    moved_.clear();
    std::error_code error;
    for (fs::directory_iterator entry(folder_.path / "cur", error), end; !error && entry != end;
         entry.increment(error))
      moved_.emplace(unique_of(entry->path()), entry->path());
  }

  void describe(const fs::path& path, FoundMessage& message) {
    message.date = {file_->modified().time_since_epoch().count(), 0};
    if (folder_.thunderbird) {
      std::string beginning(std::min<std::uint64_t>(file_->size(), wire::mbox::longest_header), 0);
      beginning.resize(file_->read(0, beginning.data(), beginning.size()));
      beginning.resize(std::min(wire::mbox::header_end(beginning), beginning.size()));
      message.marks = wire::mbox::read_marks(beginning);
      message.marks.pseudo = false;
      message.date = date_of(beginning, file_->modified());
      return;
    }
    const auto name = wire::maildir::parse_file_name(path.filename().string());
    message.marks.flags = name.flags;
    if (name.passed) wire::mbox::add_keyword(message.marks.keywords, "$Forwarded");
    for (const char letter : name.keywords) {
      std::string keyword = wire::mbox::as_keyword(keywords_.name_of(letter));
      if (!keyword.empty()) wire::mbox::add_keyword(message.marks.keywords, std::move(keyword));
    }
  }

  const ImportFolder folder_;
  std::vector<fs::path> files_;
  std::map<std::string, fs::path> moved_;  ///< what is in cur now, by what is unique in the name
  std::set<std::string> taken_;            ///< what was read of it
  wire::maildir::Keywords keywords_;
  std::size_t next_ = 0;
  std::uint64_t gone_ = 0;
  std::uint64_t done_ = 0;
  std::optional<InputFile> file_;
  std::uint64_t at_ = 0;
  LineEnds ends_;
  std::string block_;
};

}  // namespace

const FoundMessage* MessageSource::next() {
  for (;;) {
    message_ = FoundMessage();
    if (!find_next(message_)) return nullptr;
    if (message_.marks.expunged) ++skipped_.expunged;
    if (message_.marks.pseudo && !message_.marks.expunged) ++skipped_.pseudo;
    if (message_.marks.expunged || message_.marks.pseudo) continue;
    Digests digests;
    std::string piece;
    while (read(piece)) {
      digests.feed(piece);
      message_.octets += piece.size();
      if (message_.octets <= small_octets_) message_.text += piece;
      piece.clear();
    }
    if (message_.octets == 0) {
      ++skipped_.empty;
      continue;
    }
    digests.finish();
    message_.content = digests.content();
    message_.identity = digests.identity();
    if (message_.octets > small_octets_) {
      message_.text = std::string();
      rewind();
    }
    return &message_;
  }
}

std::unique_ptr<MessageSource> open_folder(const ImportFolder& folder, std::uint64_t small_octets) {
  if (folder.form == ImportFolder::Form::maildir)
    return std::make_unique<MaildirSource>(folder, small_octets);
  return std::make_unique<MboxSource>(folder, small_octets);
}

}  // namespace postern::daemon::archive
