#include "sync/wire/mime/message_ids.h"

#include <algorithm>

#include "sync/wire/ascii.h"

namespace postern::wire::mime {
namespace {

/// Reads one id after another and looks at no octet twice, but at those of an open comment.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<std::string> next() {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '(') skip_comment();
      if (c != '<') continue;
      if (auto id = message_id()) return id;
    }
    return std::nullopt;
  }

 private:
  /// Behind '<'. Where this is no id, `at_` is where the next one may begin.
  std::optional<std::string> message_id() {
    std::string id;
    std::size_t domain = 0;  // where it begins in `id`, once the '@' has come
    while (at_ < text_.size() && id.size() <= longest_message_id) {
      const char c = text_[at_];
      if (c == '<') return std::nullopt;
      ++at_;
      if (c == '>') {
        const bool whole = domain > 1 && domain < id.size();
        return whole ? std::optional(std::move(id)) : std::nullopt;
      }
      if (c == '(' && skip_comment()) continue;
      if (c == '"' && domain == 0) {
        if (!quoted(id)) return std::nullopt;
      } else if (!white_space(c)) {
        id += c;
        if (c == '@' && domain == 0) domain = id.size();
      }
    }
    return std::nullopt;
  }

  /// Behind '"'. False: it has no end within an id's length.
  bool quoted(std::string& id) {
    while (at_ < text_.size() && id.size() <= longest_message_id) {
      char c = text_[at_++];
      if (c == '"') return true;
      if (c == '\\' && at_ < text_.size()) c = text_[at_++];
      if (c != '\r' && c != '\n') id += c;
    }
    return false;
  }

  /// Behind '('. False: it has no end, so it is none, and neither is any behind it.
  bool skip_comment() {
    if (open_comment_) return false;
    std::size_t depth = 1;
    for (std::size_t at = at_; at < text_.size(); ++at) {
      const char c = text_[at];
      if (c == '\\') ++at;
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) {
        at_ = at + 1;
        return true;
      }
    }
    open_comment_ = true;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool open_comment_ = false;
};

}  // namespace

std::vector<std::string> message_ids(std::string_view value) {
  // The last ones go round behind the first one, as long as more come.
  constexpr std::size_t last = most_message_ids - 1;
  std::vector<std::string> ids;
  std::size_t count = 0;
  Reader reader(value);
  for (; auto id = reader.next(); ++count) {
    if (count < most_message_ids) {
      ids.push_back(std::move(*id));
    } else {
      ids[1 + (count - 1) % last] = std::move(*id);
    }
  }
  if (count > most_message_ids) {
    std::ranges::rotate(ids.begin() + 1, ids.begin() + 1 + (count - 1) % last, ids.end());
  }
  return ids;
}

std::optional<std::string> first_message_id(std::string_view value) {
  return Reader(value).next();
}

std::vector<std::string> reference_list(std::string_view references, std::string_view in_reply_to) {
  std::vector<std::string> ids = message_ids(references);
  if (!ids.empty()) return ids;
  if (auto id = first_message_id(in_reply_to)) ids.push_back(std::move(*id));
  return ids;
}

}  // namespace postern::wire::mime
