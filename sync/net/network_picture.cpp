#include "sync/net/network_picture.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace postern::net {
namespace {

enum class Kind : char { address = 'a', route = 'r' };

/// A structure of the kernel at the beginning of `octets`, which are then what is behind it.
template <class T>
std::optional<T> take_head(std::span<const char>& octets) {
  T head{};
  if (octets.size() < sizeof(T)) return std::nullopt;
  std::memcpy(&head, octets.data(), sizeof(T));
  octets = octets.subspan(std::min<std::size_t>(octets.size(), NLMSG_ALIGN(sizeof(T))));
  return head;
}

/// Calls `each(type, value)` for the attributes.
template <class Each>
void for_each_attribute(std::span<const char> octets, Each each) {
  while (octets.size() >= sizeof(rtattr)) {
    rtattr head{};
    std::memcpy(&head, octets.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > octets.size()) return;
    each(head.rta_type, octets.subspan(sizeof head, head.rta_len - sizeof head));
    octets = octets.subspan(std::min<std::size_t>(octets.size(), RTA_ALIGN(head.rta_len)));
  }
}

void append(std::string& text, std::span<const char> octets) {
  text.append(octets.data(), octets.size());
}

/// An address that is not yet, or never will be, of use.
bool is_unusable(std::uint32_t flags) {
  return (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0;
}

}  // namespace

NetworkPicture::News NetworkPicture::note(Event event, std::string what) {
  if (event == Event::vanishes) {
    known_.erase(what);
    return News::none;
  }
  return known_.insert(std::move(what)).second ? News::connected : News::none;
}

NetworkPicture::News NetworkPicture::take_address(Event event, std::span<const char> message) {
  const auto head = take_head<ifaddrmsg>(message);
  if (!head || head->ifa_scope >= RT_SCOPE_LINK) return News::none;
  std::uint32_t flags = head->ifa_flags;
  std::string address;
  std::string local;
  for_each_attribute(message, [&](unsigned short type, std::span<const char> value) {
    if (type == IFA_ADDRESS) append(address, value);
    if (type == IFA_LOCAL) append(local, value);
    if (type == IFA_FLAGS && value.size() == sizeof flags)
      std::memcpy(&flags, value.data(), sizeof flags);
  });
  if (event == Event::appears && is_unusable(flags)) return News::none;
  std::string what{static_cast<char>(Kind::address), static_cast<char>(head->ifa_family)};
  what += std::to_string(head->ifa_index) + " ";
  // Of the two ends of a point-to-point link the local one is ours.
  return note(event, what + (local.empty() ? address : local));
}

NetworkPicture::News NetworkPicture::take_route(Event event, std::span<const char> message) {
  const auto head = take_head<rtmsg>(message);
  if (!head || head->rtm_dst_len != 0 || head->rtm_type != RTN_UNICAST) return News::none;
  std::string what{static_cast<char>(Kind::route), static_cast<char>(head->rtm_family),
                   static_cast<char>(head->rtm_table)};
  for_each_attribute(message, [&](unsigned short type, std::span<const char> value) {
    if (type != RTA_OIF && type != RTA_GATEWAY) return;
    what += static_cast<char>(type);
    append(what, value);
  });
  return note(event, std::move(what));
}

NetworkPicture::News NetworkPicture::take(std::span<const char> datagram) {
  News news = News::none;
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr head{};
    std::memcpy(&head, datagram.data(), sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > datagram.size()) break;
    const auto message = datagram.subspan(sizeof head, head.nlmsg_len - sizeof head);
    News told = News::none;
    const bool gone = head.nlmsg_type == RTM_DELADDR || head.nlmsg_type == RTM_DELROUTE;
    const Event event = gone ? Event::vanishes : Event::appears;
    switch (head.nlmsg_type) {
      case RTM_NEWADDR:
      case RTM_DELADDR: told = take_address(event, message); break;
      case RTM_NEWROUTE:
      case RTM_DELROUTE: told = take_route(event, message); break;
      default: break;
    }
    if (told != News::none) news = told;
    const std::size_t step = NLMSG_ALIGN(static_cast<std::size_t>(head.nlmsg_len));
    datagram = datagram.subspan(std::min(datagram.size(), step));
  }
  return news;
}

}  // namespace postern::net
