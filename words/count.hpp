// Numbers with the words that agree with them. Pure; usable from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "words/language.hpp"

namespace bn::words {

// What is counted: "service", "services"; "услуга", "услуги", "услуг" (1, 2, 5).
struct Noun {
    std::string_view one;
    std::string_view other;
    std::string_view russian_one;
    std::string_view russian_few;
    std::string_view russian_many;
};

inline constexpr Noun kAccounts{
    "account", "accounts", "учётная запись", "учётные записи", "учётных записей"};
inline constexpr Noun kEvents{"event", "events", "событие", "события", "событий"};
inline constexpr Noun kPasswords{"password", "passwords", "пароль", "пароля", "паролей"};
inline constexpr Noun kServers{"server", "servers", "сервер", "сервера", "серверов"};
inline constexpr Noun kServices{"service", "services", "услуга", "услуги", "услуг"};

// "services", "услуги": the form that stands beside the number.
std::string_view plural(std::uint64_t count, const Noun& noun, Language language);

// "21 services", "21 услуга".
std::string counted(std::uint64_t count, const Noun& noun, Language language);

}  // namespace bn::words
