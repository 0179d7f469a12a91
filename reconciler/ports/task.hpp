// The one name for "an asynchronous result". Declares Asio's type without including any of it, so
// that the ports stay free of Asio; whoever implements or awaits a port includes
// <boost/asio/awaitable.hpp> itself.
//
// GCC 12 destroys some temporaries of a co_await statement twice: name it, then await it
// (docs/adr, tests/arch).
#pragma once

namespace boost::asio {
class any_io_executor;
template <typename T, typename Executor>
class awaitable;
}  // namespace boost::asio

namespace bn {

template <class T>
using Task = boost::asio::awaitable<T, boost::asio::any_io_executor>;

}  // namespace bn
