#include "config/load.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/config/folder.h"

namespace postern::config {
namespace {

constexpr std::string_view with_file_secret = "accounts: {a: {password: {file: secret}}}\n";
constexpr std::string_view with_plain_secret = "accounts: {a: {password: swordfish}}\n";

std::string mistakes(const std::filesystem::path& file) {
  const auto config = load(file);
  std::string text;
  if (!config) {
    for (const Mistake& mistake : config.error()) text += mistake.text() + "\n";
  }
  return text;
}

TEST(Load, FileThatCannotBeRead) {
  Folder folder;
  const auto absent = folder.path() / "postern.yaml";
  EXPECT_EQ(mistakes(absent), absent.string() +
                                  ": cannot be read: No such file or directory; create it, or name "
                                  "another with --config FILE\n");
  EXPECT_NE(mistakes(folder.path()).find("is a folder"), std::string::npos);
  const auto fifo = folder.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(mistakes(fifo), fifo.string() + ": is not a regular file; name a file\n");
}

TEST(Load, HugeFileIsRefusedUnread) {
  Folder folder;
  const auto file = folder.write("huge.yaml", "");
  std::filesystem::resize_file(file, 100ULL * 1024 * 1024);
  EXPECT_EQ(mistakes(file), file.string() +
                                ":1:1: the file is larger than 1024 KiB; give the "
                                "configuration file, not another one\n");
}

// G1: a file with passwords in it is its owner's alone; without any it may be read by all.
TEST(Load, ModeOfTheFileMattersOnlyWithAPasswordInIt) {
  Folder folder;
  const auto file = folder.write("postern.yaml", with_plain_secret, 0644);
  EXPECT_EQ(mistakes(file),
            file.string() +
                ":1:26: accounts.a.password: this file, which holds a password, can "
                "be read or changed by others (mode 0644); type: chmod 600 " +
                file.string() + "\n");
  EXPECT_EQ(mistakes(folder.write("postern.yaml", with_plain_secret, 0600)), "");
  folder.write("secret", "swordfish\n", 0600);
  EXPECT_EQ(mistakes(folder.write("postern.yaml", with_file_secret, 0644)), "");
}

// G1
TEST(Load, SecretFilesAreLookedAt) {
  Folder folder;
  const auto file = folder.write("postern.yaml", with_file_secret);
  EXPECT_NE(mistakes(file).find(":1:33: accounts.a.password.file: " +
                                (folder.path() / "secret").string() + ": No such file"),
            std::string::npos)
      << mistakes(file);
  folder.write("secret", "swordfish\n", 0640);
  EXPECT_NE(mistakes(file).find("chmod 600 " + (folder.path() / "secret").string()),
            std::string::npos)
      << mistakes(file);
}

TEST(Load, PathThatCannotBeLookedAtIsAMistake) {
  Folder folder;
  const std::string endless(300, 'x');
  const auto file =
      folder.write("postern.yaml",
                   "accounts:\n  a:\n    password: {env: A}\n    sources:\n      - {pop3: "
                   "pop.example.net:995, username: a, password: {env: A}, ca: " +
                       endless + "}\n");
  EXPECT_NE(mistakes(file).find(".ca: "), std::string::npos) << mistakes(file);
  EXPECT_NE(mistakes(file).find("cannot be looked at: File name too long"), std::string::npos)
      << mistakes(file);
}

TEST(Load, CertificatesAreLookedFor) {
  Folder folder;
  const auto file =
      folder.write("postern.yaml", "tls: {certificate: c.pem, key: k.pem}\naccounts: {}\n");
  EXPECT_NE(mistakes(file).find("tls.certificate: " + (folder.path() / "c.pem").string() +
                                " does not exist"),
            std::string::npos);
  folder.write("c.pem", "");
  folder.write("k.pem", "");
  const auto config = load(file);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->tls->key, folder.path() / "k.pem");
}

TEST(Load, NothingSecretIsEverInAMistake) {
  const auto config =
      parse("accounts: {a: {password: [mellon42]}, b: {password: \"mellon\\n42\"}}\n", "p");
  ASSERT_FALSE(config);
  for (const Mistake& mistake : config.error()) {
    EXPECT_EQ(mistake.text().find("mellon"), std::string::npos) << mistake.text();
  }
}

std::filesystem::path state() {
  const auto config = parse("accounts: {}\n", "p.yaml");
  return config ? config->state : std::filesystem::path("mistake");
}

TEST(Load, StateFolderComesFromTheEnvironment) {
  const Variable home("HOME", "/home/anna");
  const Variable xdg("XDG_STATE_HOME", nullptr);
  const Variable systemd("STATE_DIRECTORY", nullptr);
  EXPECT_EQ(state(), "/home/anna/.local/state/postern");
  const Variable xdg_set("XDG_STATE_HOME", "/x");
  EXPECT_EQ(state(), "/x/postern");
  const Variable xdg_relative("XDG_STATE_HOME", "x");
  EXPECT_EQ(state(), "/home/anna/.local/state/postern");
  const Variable systemd_set("STATE_DIRECTORY", "/var/lib/postern:/var/lib/other");
  EXPECT_EQ(state(), "/var/lib/postern");
}

TEST(Load, StateFolderMustBeNamedWithoutAHome) {
  const Variable home("HOME", nullptr);
  const Variable xdg("XDG_STATE_HOME", nullptr);
  const Variable systemd("STATE_DIRECTORY", nullptr);
  EXPECT_EQ(state(), "mistake");
  EXPECT_EQ(parse("state: s\naccounts: {}\n", "/etc/postern/postern.yaml")->state,
            "/etc/postern/s");
}

TEST(Load, DefaultFile) {
  Folder folder;
  const Variable home("HOME", "/home/nobody-here");
  const Variable xdg("XDG_CONFIG_HOME", folder.path().c_str());
  const auto own = folder.write("postern/postern.yaml", "");
  EXPECT_EQ(default_file(), own);
  std::filesystem::remove(own);
  const bool system = std::filesystem::exists("/etc/postern/postern.yaml");
  EXPECT_EQ(default_file(), system ? "/etc/postern/postern.yaml" : own);
}

}  // namespace
}  // namespace postern::config
