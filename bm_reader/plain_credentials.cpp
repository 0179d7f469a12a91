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
    auto servers = rows->scan(
        queries::kPlainServerPasswords.name,
        with_module(queries::kPlainServerPasswords.sql, settings.module),
        [&](Row row) {
            if (const Number id = to_id(row[0]); id.has_value()) {
                found.servers.emplace(static_cast<std::uint32_t>(id.value()));
            }
            return true;
        }
    );
    if (!servers) {
        return tl::unexpected(std::move(servers.error()));
    }
    auto services = rows->scan(
        queries::kPlainServicePasswords.name,
        with_module(queries::kPlainServicePasswords.sql, settings.module),
        [&](Row row) {
            const Number id = to_id(row[0]);
            const Number count = to_number(row[1]);
            if (id.has_value() && count.has_value()) {
                const ServerId server(static_cast<std::uint32_t>(id.value()));
                found.passwords[server] = static_cast<std::uint64_t>(count.value());
            }
            return true;
        }
    );
    if (!services) {
        return tl::unexpected(std::move(services.error()));
    }
    return found;
}

}  // namespace bn::bm_reader
