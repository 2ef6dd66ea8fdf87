#include "sync/engine/preview.h"

#include <chrono>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace postern::engine {

namespace {

using store::Origin;
using store::OriginState;
using Rule = config::KeepOnServer::Rule;
using Action = PreviewItem::Action;

class Telling {
 public:
  Telling(const wire::pop3::Listing& listing, const std::vector<Origin>& known,
          const config::Source& source)
      : source_(source) {
    for (const auto& message : listing.messages) messages_.emplace(message.number, &message);
    for (const Origin& origin : known) {
      by_id_.emplace(origin.id, &origin);
      if (origin.state != OriginState::gone)
        live_.emplace(origin.uidl, &origin);
      else
        gone_.emplace(origin.uidl, &origin);
    }
  }

  void add(Preview& preview, Action action, const FetchItem& item, std::string why) const {
    preview.items.push_back({action, item.number, item.octets, uidl(item.number), std::move(why)});
  }
  void add(Preview& preview, const DeleteItem& item) const {
    const auto message = messages_.find(item.number);
    const std::uint64_t octets = message == messages_.end() ? 0 : message->second->octets;
    preview.items.push_back(
        {Action::delete_there, item.number, octets, uidl(item.number), deletion()});
  }
  void add(Preview& preview, OriginId gone) const {
    const Origin& origin = *by_id_.at(gone);
    preview.items.push_back({Action::trash_here, 0, origin.octets, shown(origin.uidl),
                             fmt::format("gone upstream since {:%Y-%m-%d}", origin.gone_since)});
  }

  [[nodiscard]] std::string fetching(const FetchItem& item) const {
    std::string why = "not here yet";
    if (const auto found = live_.find(item.key); found != live_.end()) {
      why = found->second->state == OriginState::delete_sent
                ? "it was to be deleted there; is it the same?"
            : found->second->state == OriginState::skipped
                ? "here is a placeholder, and it is within the limit now"
                : "its id was that of another message";
    } else if (gone_.contains(item.key)) {
      why = "it was gone and is there again; not delivered twice if it is the same";
    }
    if (item.failures != 0) why += fmt::format("; tried {} times before", item.failures);
    if (source_.keep_on_server.rule == Rule::never)
      why += "; deleted there once it is here (keep_on_server: never)";
    return why;
  }

 private:
  [[nodiscard]] std::string deletion() const {
    switch (source_.keep_on_server.rule) {
      case Rule::until_deleted: return "deleted here (keep_on_server: until-deleted)";
      case Rule::days:
        return fmt::format("here for {} days (keep_on_server)",
                           source_.keep_on_server.days.count());
      case Rule::never: return "here (keep_on_server: never)";
      case Rule::forever: break;
    }
    return "";
  }
  /// What begins with NUL, or goes on behind one, never was a server's word.
  [[nodiscard]] static std::string shown(std::string_view uidl) {
    return std::string(uidl.substr(0, uidl.find('\0')));
  }
  [[nodiscard]] std::string uidl(std::uint32_t number) const {
    const auto found = messages_.find(number);
    return found == messages_.end() ? std::string() : shown(found->second->uidl);
  }

  const config::Source& source_;
  std::unordered_map<std::uint32_t, const wire::pop3::ListedMessage*> messages_;
  std::unordered_map<OriginId, const Origin*> by_id_;
  std::unordered_map<std::string_view, const Origin*> live_;
  std::unordered_map<std::string_view, const Origin*> gone_;
};

}  // namespace

Preview preview_of(const Plan& plan, const Vanished& vanished, const wire::pop3::Listing& listing,
                   const std::vector<Origin>& known, const config::Source& source) {
  const Telling telling(listing, known, source);
  Preview preview;
  preview.listed = listing.messages.size();
  for (const FetchItem& item : plan.fetch)
    telling.add(preview, Action::fetch, item, telling.fetching(item));
  for (const FetchItem& item : plan.retry)
    telling.add(preview, Action::fetch, item, telling.fetching(item));
  for (const FetchItem& item : plan.oversize)
    telling.add(preview, Action::placeholder, item, "larger than limits: message");
  for (const DeleteItem& item : plan.remove) telling.add(preview, item);
  for (const OriginId gone : vanished.trash) telling.add(preview, gone);
  preview.failing = plan.failing;
  preview.postponed = plan.postponed_deletes;
  preview.waiting = vanished.waiting;
  preview.unconfirmed = vanished.unconfirmed;
  return preview;
}

}  // namespace postern::engine
