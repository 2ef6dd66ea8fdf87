#include "proxy/imap/fetch_lanes.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <utility>

namespace postern::imap {
namespace {

/// What a lane prepares in one go, told or only read. One batch is written while both lanes prepare
/// theirs: with all of them a session holds less than 1.5 MiB.
constexpr std::size_t smallest_batch = 128UL * 1024;
constexpr std::size_t largest_batch = 448UL * 1024;

/// Handing a batch from thread to thread costs more than to send a small one: they grow while the
/// program takes them faster than they are made, and shrink while they wait for it.
enum class Program : std::uint8_t { waits, is_slower };
std::size_t next_batch(std::size_t octets, Program program) {
  return program == Program::waits ? std::min(2 * octets, largest_batch)
                                   : std::max(octets / 2, smallest_batch);
}

/// What is taken for a batch: a little more may become of it, which is no reason for a second one.
std::size_t taken_for(std::size_t octets) {
  return octets - octets / 5;
}

}  // namespace

FetchLanes::Lane::Lane(const asio::any_io_executor& executor, FetchPlan plan)
    : producer(std::make_shared<FetchProducer>(std::move(plan))), batch(executor) {}

FetchLanes::FetchLanes(store::Account& account, const asio::any_io_executor& executor,
                       FetchPlan plan)
    : account_(account), plan_(std::move(plan)), octets_(smallest_batch) {
  for (std::optional<Lane>& lane : lanes_) {
    FetchPlan::Runs runs = plan_.take(taken_for(octets_));
    if (runs.empty()) return;
    FetchPlan part = plan_;
    part.runs = std::move(runs);
    prepare(lane.emplace(executor, std::move(part)));
  }
}

void FetchLanes::prepare(Lane& lane) {
  account_.read(
      [producer = lane.producer, octets = octets_](store::Reader& reader) {
        Batch batch;
        batch.octets.reserve(octets);
        producer->produce(&reader, batch.octets, octets);
        batch.last = producer->finished();
        return batch;
      },
      lane.batch.done());
}

asio::awaitable<store::Outcome<std::string>> FetchLanes::next() {
  Lane& lane = *lanes_[front_];
  // Nothing was being written while the first one was made.
  if (!std::exchange(first_, false))
    octets_ = next_batch(octets_, lane.batch.ready() ? Program::is_slower : Program::waits);
  store::Outcome<Batch> batch = co_await lane.batch.get();
  if (!batch) co_return std::unexpected(std::move(batch.error()));
  if (batch->last) {
    FetchPlan::Runs runs = plan_.take(taken_for(octets_));
    lane.idle = runs.empty();
    lane.producer->add(std::move(runs));
    front_ = (front_ + 1) % lanes_.size();
  }
  if (!lane.idle) prepare(lane);
  co_return std::move(batch->octets);
}

std::size_t FetchLanes::unreadable() const {
  std::size_t count = 0;
  for (const std::optional<Lane>& lane : lanes_)
    if (lane) count += lane->producer->unreadable();
  return count;
}

std::size_t FetchLanes::undecodable() const {
  std::size_t count = 0;
  for (const std::optional<Lane>& lane : lanes_)
    if (lane) count += lane->producer->undecodable();
  return count;
}

}  // namespace postern::imap
