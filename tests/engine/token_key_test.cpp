#include "sync/engine/token_key.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/engine/stored_grant.h"
#include "tests/net/loop.h"

namespace postern::engine {
namespace {

using net::test::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

std::string octets_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(TokenKey, MakesOtherKeysThatStayTheSame) {
  const TemporaryFolder folder;
  const auto key = TokenKey::open(folder.path / "token.key");
  const auto again = TokenKey::open(folder.path / "token.key");
  const auto other = TokenKey::open(folder.path / "other.key");
  ASSERT_TRUE(key && again && other);
  EXPECT_EQ(key->derive("salts").reveal().size(), 32U);
  EXPECT_EQ(key->derive("salts"), again->derive("salts"));
  EXPECT_FALSE(key->derive("salts") == key->derive("other"));
  EXPECT_FALSE(key->derive("salts") == other->derive("salts"));
}

TEST(TokenKey, IsMadeOnceAndPrivate) {  // G3
  const TemporaryFolder folder;
  const auto file = folder.path / "token.key";
  const auto first = TokenKey::open(file);
  ASSERT_TRUE(first);
  struct stat facts{};
  ASSERT_EQ(::stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(facts.st_size, 32);
  EXPECT_EQ(facts.st_nlink, 1U);
  const auto second = TokenKey::open(file);
  ASSERT_TRUE(second);
  const auto text = second->unseal(first->seal(Secret("token"), "source"), "source");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->reveal(), "token");
}

TEST(TokenKey, OpensOnlyWhatItSealed) {  // G3
  const TemporaryFolder folder;
  const auto key = TokenKey::open(folder.path / "token.key");
  const auto other = TokenKey::open(folder.path / "other.key");
  const Secret token("a token that is to stay secret");
  const std::string sealed = key->seal(token, "one source");
  EXPECT_THAT(sealed, Not(HasSubstr("secret")));
  EXPECT_NE(sealed, key->seal(token, "one source"));  // another nonce
  EXPECT_TRUE(key->unseal(sealed, "one source"));
  EXPECT_FALSE(key->unseal(sealed, "another source"));
  EXPECT_FALSE(other->unseal(sealed, "one source"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(key->unseal(changed, "one source")) << i;
    EXPECT_FALSE(key->unseal(sealed.substr(0, i), "one source")) << i;
  }
  const auto empty = key->unseal(key->seal(Secret(), ""), "");
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->empty());
}

TEST(TokenKey, RefusesAFileThatIsNotOursAlone) {
  const TemporaryFolder folder;
  const auto open_to_others = folder.write("open.key", std::string(32, 'k'));
  ::chmod(open_to_others.c_str(), 0640);
  const auto short_one = folder.write("short.key", std::string(31, 'k'));
  ::chmod(short_one.c_str(), 0600);
  const auto link = folder.path / "link.key";
  std::filesystem::create_symlink(short_one, link);
  for (const auto& file :
       {open_to_others, short_one, link, folder.path, folder.path / "missing" / "token.key"}) {
    const auto key = TokenKey::open(file);
    ASSERT_FALSE(key) << file;
    EXPECT_FALSE(key.error().advice.empty());
  }
  EXPECT_EQ(octets_of(short_one), std::string(31, 'k'));
}

WallTime at(int seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

TEST(StoredGrant, ComesBackAsItWent) {
  const StoredGrant grant{Secret("at"), Secret("rt"), at(1000), std::chrono::seconds(3600)};
  const auto again = parse_stored_grant(format(grant));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->access_token.reveal(), "at");
  EXPECT_EQ(again->refresh_token.reveal(), "rt");
  EXPECT_EQ(again->expires, grant.expires);
  EXPECT_EQ(again->lifetime, grant.lifetime);
  for (const char* bad :
       {"", "1\n", "1\n2\na\n", "1\n2\na\nb", "x\n2\na\nb\n", "1\n2x\na\nb\n", "1\n2\na\nb\nc\n"})
    EXPECT_FALSE(parse_stored_grant(Secret(bad))) << bad;
}

TEST(StoredGrant, KeepsTheRefreshTokenUnlessThereIsANewOne) {  // RFC 6749 section 6
  wire::oauth::Grant grant;
  grant.access_token = Secret("at");
  grant.lifetime = std::chrono::seconds(60);
  EXPECT_EQ(stored(grant, Secret("before"), at(100)).refresh_token.reveal(), "before");
  EXPECT_EQ(stored(grant, Secret("before"), at(100)).expires, at(160));
  grant.refresh_token = Secret("rotated");
  EXPECT_EQ(stored(grant, Secret("before"), at(100)).refresh_token.reveal(), "rotated");
}

}  // namespace
}  // namespace postern::engine
