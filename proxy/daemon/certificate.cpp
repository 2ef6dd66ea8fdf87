#include "proxy/daemon/certificate.h"

#include <utility>

#include <fmt/core.h>

#include "sync/base/log.h"
#include "sync/net/host_names.h"
#include "sync/net/own_certificate.h"

namespace postern::daemon {
namespace {

/// Empty if it may be shown today.
std::string unfit(const net::TlsServer& tls, WallTime now) {
  const net::CertificateLife& life = tls.facts().life;
  if (net::is_valid(life, now)) return {};
  if (now < life.begin) {
    return fmt::format("the certificate is valid from {} on only; is this machine's clock right?",
                       iso8601(life.begin));
  }
  return fmt::format("the certificate expired on {}; put a new one in its place",
                     iso8601(life.end));
}

}  // namespace

Certificate::Certificate() : Certificate(World()) {}
Certificate::Certificate(World world) : world_(std::move(world)) {}

std::expected<Certificate::Loaded, Problem> Certificate::load(
    const std::optional<config::TlsFiles>& files, const std::filesystem::path& state) const {
  config::TlsFiles used;
  if (files) {
    used = *files;
  } else {
    const auto own = net::own_certificate(state, world_.host(), world_.now());
    if (!own) return std::unexpected(own.error());
    used = {own->certificate, own->key};
  }
  auto tls = net::TlsServer::load(used.certificate, used.key);
  if (!tls) return std::unexpected(tls.error());
  return Loaded{std::move(*tls), net::host_names_in(used.certificate)};
}

std::expected<Certificate::Choice, Problem> Certificate::choose(
    const config::Config& config) const {
  Choice choice{config.tls, config.state, std::nullopt, {}, {}};
  auto loaded = load(choice.files, choice.state);
  const bool known = tls_ != nullptr && choice.files == files_;
  if (!loaded && !known) return std::unexpected(loaded.error());
  choice.problem = loaded ? unfit(loaded->tls, world_.now()) : loaded.error().text();
  if (loaded && (choice.problem.empty() || !known)) {
    choice.tls = std::move(loaded->tls);
    choice.host_names = std::move(loaded->host_names);
  }
  return choice;
}

void Certificate::adopt(Choice choice) {
  files_ = std::move(choice.files);
  state_ = std::move(choice.state);
  if (choice.tls) host_names_ = std::move(choice.host_names);
  if (choice.tls && tls_) {
    *tls_ = std::move(*choice.tls);
  } else if (choice.tls) {
    tls_ = std::make_unique<net::TlsServer>(std::move(*choice.tls));
  }
  complain(std::move(choice.problem));
}

void Certificate::refresh() {
  if (!tls_) return;
  auto loaded = load(files_, state_);
  if (!loaded) {
    complain(loaded.error().text());
    return;
  }
  const bool same = loaded->tls.facts().fingerprint == tls_->facts().fingerprint;
  std::string problem = unfit(loaded->tls, world_.now());
  if (!same && problem.empty()) {
    *tls_ = std::move(loaded->tls);
    host_names_ = std::move(loaded->host_names);
    log::info("daemon", "new connections are shown another certificate, for {}, valid until {}",
              tls_->facts().names, iso8601(tls_->facts().life.end));
  }
  complain(std::move(problem));
}

void Certificate::complain(std::string problem) {
  if (!problem.empty() && problem != problem_)
    log::error("daemon", "the certificate in use stays: {}", problem);
  problem_ = std::move(problem);
}

std::vector<std::filesystem::path> Certificate::files() const {
  if (files_) return {files_->certificate, files_->key};
  return {net::OwnFiles(state_).authority};
}

std::optional<Certificate::Facts> Certificate::facts() const {
  if (!tls_) return std::nullopt;
  Facts facts{tls_->facts(), host_names_, std::nullopt, problem_};
  if (!files_) facts.authority = net::OwnFiles(state_).authority;
  return facts;
}

}  // namespace postern::daemon
