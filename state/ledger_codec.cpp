#include "state/ledger_codec.hpp"

#include "state/db.hpp"
#include "state/event_codec.hpp"
#include "state/payload.hpp"

namespace bn::state {

namespace {

template <class T>
std::string encode_any(const T& entry) {
    std::string body;
    body.reserve(256);
    PayloadWriter writer(body);
    T::each_field(writer, entry);
    return with_checksum(std::move(body));
}

template <class T>
T decode_any(std::string_view bytes) {
    try {
        if (!checksum_fits(bytes)) {
            throw PayloadFault("its checksum does not fit");
        }
        PayloadReader reader(bytes.substr(kChecksumSize));
        T entry{};
        T::each_field(reader, entry);
        reader.finish();
        return entry;
    } catch (const StoreFault&) {
        throw;
    } catch (const std::exception& fault) {
        throw StoreFault(Error(
            NextMove::kHuman,
            "store.bad_projection",
            std::string("a row of the stored ledger is damaged: ") + fault.what(),
            "drop the projections: they are rebuilt from the events"
        ));
    }
}

}  // namespace

std::string encode_entry(const LedgerItem& item) {
    return encode_any(item);
}

std::string encode_entry(const LedgerServer& server) {
    return encode_any(server);
}

std::string encode_entry(const LedgerPanel& panel) {
    return encode_any(panel);
}

LedgerItem decode_item(std::string_view bytes) {
    return decode_any<LedgerItem>(bytes);
}

LedgerServer decode_server(std::string_view bytes) {
    return decode_any<LedgerServer>(bytes);
}

LedgerPanel decode_panel(std::string_view bytes) {
    return decode_any<LedgerPanel>(bytes);
}

}  // namespace bn::state
