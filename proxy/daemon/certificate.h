#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "sync/base/clock.h"
#include "sync/base/problem.h"
#include "sync/net/own_names.h"
#include "sync/net/tls.h"

namespace postern::daemon {

/// The certificate that mail programs are shown: an own one that is renewed, or the operator's
/// files. Once there is one, there always is: what cannot be used leaves the one before in use.
///
/// Order: choose() and adopt() for each configuration, refresh() in between. Network thread; blocks
/// it for a few small files.
class Certificate {
 public:
  struct World {
    std::function<net::HostFacts()> host = net::host_facts;
    std::function<WallTime()> now = wall_now;
  };
  Certificate();
  /// For a world of the tests.
  explicit Certificate(World world);
  Certificate(const Certificate&) = delete;

  /// What a configuration wants to be shown.
  struct Choice {
    std::optional<config::TlsFiles> files;
    std::filesystem::path state;
    std::optional<net::TlsServer> tls;    ///< none: what is in use stays
    std::vector<std::string> host_names;  ///< of that one
    std::string problem;
  };
  /// A problem only if there is nothing that may stay: files that are named for the first time.
  [[nodiscard]] std::expected<Choice, Problem> choose(const config::Config& config) const;
  void adopt(Choice choice);

  /// Looks at the host's names and addresses, at the dates and at the files again. New connections
  /// get what is right now, old ones go on. What is wrong is logged once.
  void refresh();

  /// nullptr before the first adopt(); then the same one for life.
  [[nodiscard]] const net::TlsServer* tls() const { return tls_.get(); }
  /// What to look at when it may have changed: the operator's files, or the own authority.
  [[nodiscard]] std::vector<std::filesystem::path> files() const;

  /// For status.
  struct Facts {
    net::CertificateFacts certificate;
    std::vector<std::string> host_names;  ///< it is for; "*.example.net", too
    /// Of an own certificate: what devices are to trust.
    std::optional<std::filesystem::path> authority;
    std::string problem;  ///< why it is not another one; empty if all is well
  };
  [[nodiscard]] std::optional<Facts> facts() const;

 private:
  struct Loaded {
    net::TlsServer tls;
    std::vector<std::string> host_names;
  };
  [[nodiscard]] std::expected<Loaded, Problem> load(const std::optional<config::TlsFiles>& files,
                                                    const std::filesystem::path& state) const;
  void complain(std::string problem);

  World world_;
  std::optional<config::TlsFiles> files_;
  std::filesystem::path state_;
  std::unique_ptr<net::TlsServer> tls_;
  std::vector<std::string> host_names_;
  std::string problem_;
};

}  // namespace postern::daemon
