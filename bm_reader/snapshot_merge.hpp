// The merge of one snapshot: flat scans in key order become holds and accounts. Private to the
// module; read_snapshot() is the door. snapshot_reader.cpp runs the scans, snapshot_accounts.cpp
// makes accounts of what they found. One object reads one snapshot, on one thread.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "bm_reader/catalogue.hpp"
#include "bm_reader/panel_source.hpp"
#include "bm_reader/queries.hpp"
#include "bm_reader/row_mapper.hpp"
#include "bm_reader/row_source.hpp"
#include "bm_reader/server_mapper.hpp"
#include "reconciler/model/desired.hpp"

namespace bn::bm_reader {

constexpr std::uint32_t kNoPricelist = std::numeric_limits<std::uint32_t>::max();

// A service of ours between its own row and the rows that belong to it.
struct Service {
    std::uint32_t id = 0;
    std::uint32_t account = 0;    // 0: none
    std::uint32_t pricelist = 0;  // 0: none, kNoPricelist: not an id
    std::uint32_t server = 0;     // index
    std::uint32_t first_child = 0;
    std::uint32_t children = 0;
    Wanted wanted = Wanted::kNothing;
    bool trial = false;
    bool in_progress = false;
    bool held = false;
    bool opened = true;  // false: ordered only, or its first opening is still pending

    [[nodiscard]] bool wants_account() const {
        return wanted == Wanted::kEnabled || wanted == Wanted::kDisabled;
    }
};

struct PendingItem {
    std::uint32_t item = 0;
    Operation operation = Operation::kOther;
    bool opens = false;  // "open" itself: the service has no account before it ends
};

// Its texts stand in SnapshotReader::owner_texts_, the address first.
struct Owner {
    std::uint32_t account = 0;
    std::uint32_t email_size = 0;
    std::uint32_t name_size = 0;
    std::size_t text = 0;
};

class SnapshotReader {
  public:
    SnapshotReader(RowSource& rows, const PanelSettings& settings)
        : rows_(rows), settings_(settings) {}

    Result<DesiredSnapshot> read(Time now);

  private:
    using Step = Result<void> (SnapshotReader::*)();

    Result<void> read_catalogue();
    Result<void> read_operations();
    Result<void> read_services();
    Result<void> read_children();
    Result<void> read_owners();
    Result<void> read_logins();
    Result<void> finish_tables();

    Result<void> scan(const queries::Query& query, const RowHandler& each);
    void on_service(std::uint32_t id, Row row);
    void on_homeless(std::uint32_t id, Row row, const Decision& decision);
    void on_bad_service_id(Cell cell);
    OrFault<Decision> decide(std::uint32_t id, Row row);
    [[nodiscard]] bool opened_once(std::uint32_t id, Row row) const;
    void emit(Service& service, std::string_view saved, bool ambiguous);
    std::string_view login_of(const Service& service, std::string_view saved);
    void describe(Service& service, DesiredAccount& account);
    void hold(Service& service, Fault fault);
    void hold(ItemId item, ServerId server, Fault fault);
    void incomplete(std::string reason);

    RowSource& rows_;
    const PanelSettings& settings_;
    DesiredSnapshot out_;
    Catalogue catalogue_;
    ServerRows servers_;
    std::vector<DesiredTable::Builder> tables_;
    std::vector<PendingItem> operations_;
    std::size_t next_operation_ = 0;
    std::vector<Operation> item_operations_;  // scratch
    std::vector<Service> services_;
    std::vector<Child> children_;
    std::vector<Owner> owners_;
    std::string owner_texts_;
    std::string login_;  // scratch
};

}  // namespace bn::bm_reader
