#pragma once

#include <type_traits>
#include <utility>

#include "sync/upstream/pop3_refused.h"

namespace postern::engine {

/// A refusal that ends the poll, on its way to Poll::attempt().
struct RefusedPoll {
  upstream::Refused why;
};

template <class T>
T accepted(upstream::Answer<T> answer) {
  if (!answer) throw RefusedPoll{std::move(answer.error())};
  if constexpr (!std::is_void_v<T>) return std::move(*answer);
}

}  // namespace postern::engine
