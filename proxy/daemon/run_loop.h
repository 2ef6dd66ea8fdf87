#pragma once

#include <exception>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

namespace postern::daemon {

/// Runs a conversation of a command to its end on a loop of its own; its failure is thrown.
template <class Conversation>
void run_to_end(asio::io_context& io, Conversation conversation) {
  std::exception_ptr failure;
  asio::co_spawn(io, std::move(conversation),
                 [&failure](const std::exception_ptr& e) { failure = e; });
  io.run();
  io.restart();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace postern::daemon
