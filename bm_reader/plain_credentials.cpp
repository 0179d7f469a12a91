#include "bm_reader/plain_credentials.hpp"

#include "bm_reader/queries.hpp"
#include "bm_reader/row_source.hpp"

namespace bn::bm_reader {

Result<PlainCredentials> find_plain_credentials(const PanelSettings& settings) {
    if (auto fine = check_module(settings); !fine) {
        return tl::unexpected(std::move(fine.error()));
    }
    PlainCredentials found;
    const std::unique_ptr<RowSource> rows = make_row_source(settings);
    auto servers = rows->each(queries::kPlainServerPasswords, settings.module, [&](Row row) {
        if (const Number id = to_id(row[0]); id.has_value()) {
            found.servers.emplace(static_cast<std::uint32_t>(id.value()));
        }
    });
    if (!servers) {
        return tl::unexpected(std::move(servers.error()));
    }
    auto services = rows->each(queries::kPlainServicePasswords, settings.module, [&](Row row) {
        const Number id = to_id(row[0]);
        const Number count = to_number(row[1]);
        if (id.has_value() && count.has_value()) {
            const ServerId server(static_cast<std::uint32_t>(id.value()));
            found.passwords[server] = static_cast<std::uint64_t>(count.value());
        }
    });
    return services.map([&] { return std::move(found); });
}

}  // namespace bn::bm_reader
