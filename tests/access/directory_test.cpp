#include "proxy/access/directory.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "tests/access/one_login.h"

namespace postern::access {
namespace {

using namespace std::chrono_literals;
using test::ask;
using test::some_store;
using Answer = std::expected<Login, Refused>;

/// Pauses so short that the tests do not wait for them; how long they are is Throttle's test.
constexpr ThrottleRules quick{.first_pause = 1ms, .longest_pause = 1ms};

const Peer here{"127.0.0.1", true, false};

Answer login(Directory& directory, const std::string& user, const std::string& password,
             const Peer& peer = here) {
  asio::io_context io;
  Answer answer = std::unexpected(Refused::unavailable);
  asio::co_spawn(io, ask(directory, user, password, peer, answer),
                 [](const std::exception_ptr& failure) {
                   if (failure) std::rethrow_exception(failure);
                 });
  io.run();
  return answer;
}

Directory& with_anna(Directory& directory) {
  directory.set("anna", Secret("open sesame"), {"anna", some_store(), [] {}, nullptr});
  return directory;
}

TEST(Directory, the_right_password_opens) {
  Directory directory(quick);
  const auto answer = login(with_anna(directory), "anna", "open sesame");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->account, "anna");
  EXPECT_TRUE(answer->poll_now != nullptr);
}

TEST(Directory, everything_else_is_wrong_in_the_same_way) {  // B3, B5, B8
  struct Row {
    const char* name;
    std::string user;
    std::string password;
  };
  const std::string nul(1, '\0');
  const Row rows[] = {
      {"wrong password", "anna", "open Sesame"},
      {"unknown user", "otto", "open sesame"},
      {"empty password", "anna", ""},
      {"empty user", "", "open sesame"},
      {"both empty", "", ""},
      {"prefix", "anna", "open sesam"},
      {"longer", "anna", "open sesame "},
      {"NUL after the password", "anna", "open sesame" + nul},
      {"NUL after the user", "anna" + nul, "open sesame"},
      {"other case", "Anna", "open sesame"},
      {"one megabyte", "anna", std::string(1 << 20, 'x')},
      {"a user of one megabyte", std::string(1 << 20, 'x'), "open sesame"},
      {"invalid UTF-8", "anna", "\xff\xfe\x80"},
  };
  Directory directory(quick);
  with_anna(directory);
  for (const auto& row : rows) {
    const auto answer = login(directory, row.user, row.password);
    ASSERT_FALSE(answer.has_value()) << row.name;
    EXPECT_EQ(answer.error(), Refused::wrong) << row.name;
  }
}

TEST(Directory, an_empty_password_opens_nothing_even_if_it_is_set) {  // B8
  Directory directory(quick);
  directory.set("anna", Secret(""), {"anna", some_store(), [] {}, nullptr});
  EXPECT_EQ(login(directory, "anna", "").error(), Refused::wrong);
}

TEST(Directory, passwords_need_privacy) {  // B1, B2
  Directory directory(quick);
  with_anna(directory);
  const Peer lan{"192.0.2.7", false, false};
  const Peer lan_tls{"192.0.2.7", false, true};
  EXPECT_EQ(login(directory, "anna", "open sesame", lan).error(), Refused::privacy_required);
  EXPECT_TRUE(login(directory, "anna", "open sesame", lan_tls).has_value());
}

TEST(Directory, a_store_that_is_not_open_is_told_to_those_who_may_know) {
  Directory directory(quick);
  directory.set("anna", Secret("open sesame"), {"anna", nullptr, [] {}, nullptr});
  EXPECT_EQ(login(directory, "anna", "open sesame").error(), Refused::unavailable);
  EXPECT_EQ(login(directory, "anna", "guess").error(), Refused::wrong);
}

TEST(Directory, changes_take_effect_at_once) {  // H3
  Directory directory(quick);
  with_anna(directory);
  directory.set("anna", Secret("new word"), {"anna", some_store(), [] {}, nullptr});
  EXPECT_FALSE(login(directory, "anna", "open sesame").has_value());
  EXPECT_TRUE(login(directory, "anna", "new word").has_value());
  directory.remove("anna");
  EXPECT_EQ(login(directory, "anna", "new word").error(), Refused::wrong);
}

TEST(Directory, who_guesses_too_often_is_refused_unseen_and_others_are_not) {  // B4
  Directory directory(quick);
  with_anna(directory);
  const Peer guesser{"192.0.2.7", false, true};
  const Peer other{"192.0.2.8", false, true};
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(login(directory, "anna", "guess " + std::to_string(i), guesser).error(),
              Refused::wrong);
  EXPECT_EQ(login(directory, "anna", "open sesame", guesser).error(), Refused::throttled);
  EXPECT_TRUE(login(directory, "anna", "open sesame", other).has_value());
  for (int i = 0; i < 50; ++i) login(directory, "anna", "guess");
  EXPECT_TRUE(login(directory, "anna", "open sesame").has_value()) << "never from this machine";
}

/// A mail program that goes on with the old password, and the person who types the new one.
TEST(Directory, who_repeats_a_wrong_password_keeps_nobody_out) {  // B4
  Directory directory(quick);
  with_anna(directory);
  const Peer home{"192.0.2.7", false, true};
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(login(directory, "anna", "old", home).error(), Refused::wrong);
    EXPECT_EQ(login(directory, "anna/phone", "old", home).error(), Refused::wrong);
  }
  EXPECT_TRUE(login(directory, "anna", "open sesame", home).has_value());
  // What was wrong a moment ago is right once it is set.
  directory.set("anna", Secret("old"), {"anna", some_store(), [] {}, nullptr});
  EXPECT_TRUE(login(directory, "anna", "old", home).has_value());
}

TEST(Directory, guesses_are_told_from_each_other) {  // B4
  Directory directory(quick);
  with_anna(directory);
  const Peer guesser{"192.0.2.7", false, true};
  // The same octets in all, by other users.
  const std::pair<const char*, const char*> rows[] = {{"an", "nax"}, {"ann", "ax"}, {"anna", "x"}};
  for (int i = 0; i < 6; ++i) {
    for (const auto& [user, password] : rows)
      EXPECT_EQ(login(directory, user, password + std::to_string(i), guesser).error(),
                Refused::wrong);
  }
  for (const char* password : {"y", "z"}) (void)login(directory, "anna", password, guesser);
  EXPECT_EQ(login(directory, "anna", "open sesame", guesser).error(), Refused::throttled);
}

TEST(Directory, a_refusal_is_held_back) {  // B3
  Directory directory(ThrottleRules{.first_pause = 40ms, .longest_pause = 40ms});
  with_anna(directory);
  for (const char* user : {"anna", "otto"}) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(login(directory, user, "guess").has_value());
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 40ms) << user;
  }
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(login(directory, "anna", "open sesame").has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 40ms) << "the right one is not";
}

}  // namespace
}  // namespace postern::access
