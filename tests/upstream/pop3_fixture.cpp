#include "tests/upstream/pop3_fixture.h"

namespace postern::upstream {

namespace {

asio::awaitable<Answer<void>> whole_session(Pop3Settings settings, Gather& sink,
                                            std::vector<std::uint32_t> dele, Course& course,
                                            std::string user, std::string secret) {
  auto opened = co_await Pop3Session::open(settings);
  if (!opened) co_return std::unexpected(opened.error());
  Pop3Session session = std::move(*opened);
  Secret password(std::move(secret));
  auto login = co_await session.login(std::move(user), std::move(password));
  if (!login) co_return login;
  auto listing = co_await session.listing();
  if (!listing) co_return std::unexpected(listing.error());
  course.listing = *listing;
  std::vector<Pop3Session::Wanted> wanted;
  for (const auto& message : listing->messages)
    wanted.push_back({.number = message.number, .octets = message.octets});
  auto fetched = co_await session.retrieve(wanted, sink);
  if (!fetched) co_return std::unexpected(fetched.error());
  course.retrieved = *fetched;
  auto removed = co_await session.remove(dele);
  if (!removed) co_return std::unexpected(removed.error());
  course.removed = *removed;
  co_return co_await session.quit();
}

}  // namespace

asio::awaitable<void> play(Pop3Settings settings, Gather& sink, std::vector<std::uint32_t> dele,
                           HostilePop3& server, Course& course, std::string secret,
                           std::string user) {
  try {
    auto answer = co_await whole_session(std::move(settings), sink, std::move(dele), course,
                                         std::move(user), std::move(secret));
    if (!answer) course.refused = answer.error();
  } catch (const net::Error& error) {
    course.lost = error.kind();
  }
  server.stop();
}

}  // namespace postern::upstream
