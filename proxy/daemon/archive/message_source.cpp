#include "proxy/daemon/archive/message_source.h"

#include <algorithm>
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
    if (file_.changed())
      return name_ + " was written to meanwhile: close the mail program and import once more";
    if (reader_.skipped() != 0)
      return fmt::format("{}: the first {} octets are no message of an mbox", name_,
                         reader_.skipped());
    return "";
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

class MaildirSource final : public MessageSource {
 public:
  MaildirSource(const ImportFolder& folder, std::uint64_t small_octets)
      : MessageSource(small_octets), folder_(folder) {
    for (const char* part : {"cur", "new"}) list(folder.path / part);
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
  [[nodiscard]] std::string remark() const override {
    if (gone_ == 0) return "";
    return fmt::format("{}: {} files were moved meanwhile: import once more", folder_.path.string(),
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
        if (auto found = InputFile::find(path)) {
          file_.emplace(std::move(*found));
          rewind();
          describe(path, message);
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
      if (fs::is_regular_file(entry->symlink_status(ignored))) {
        files_.push_back(entry->path());
      } else {
        unread_.push_back(entry->path().string() + ": no regular file");
      }
    }
    if (error && error != std::errc::no_such_file_or_directory)
      unread_.emplace_back(FileTrouble("read", part, error.value()).what());
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
