-- BILLmanager 6's database, the part that a controller reads: our own reconstruction for a test
-- double. It is not a dump. What is known of each column:
--   [W] seen in working public code that queries the real database
--   [D] named in the vendor's public documentation
--   [I] inferred: nothing of ours may depend on it
-- SQL types, lengths, defaults, key and index names are [I] everywhere.
-- Real tables have more columns than these: never SELECT * and never rely on the order of columns.
-- The panel itself puts ids into its INSERTs, so an id may become visible after a higher one.
--
-- The SQLite flavour is made from this very text (schema.hpp says how): one statement ends with a
-- semicolon at the end of a line, one column or key a line.

SET NAMES utf8mb4;
SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE project (                       -- the "provider" (brand)
  id       INT NOT NULL AUTO_INCREMENT,      -- [W]
  name     VARCHAR(255) NOT NULL,            -- [W][D]
  active   ENUM('on','off') DEFAULT 'on',    -- [W]
  billurl  VARCHAR(255) NULL,                -- [W][D] panel URL, may end in /billmgr
  site     VARCHAR(255) NULL,                -- [W][D]
  account  INT NULL,                         -- [W] account of the provider itself
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE account (                       -- a client, or a client group
  id      INT NOT NULL AUTO_INCREMENT,       -- [W][D]
  name    VARCHAR(255) NOT NULL,             -- [W][D]
  parent  INT NULL DEFAULT 1,                -- [D] parent account
  level   SMALLINT NULL,                     -- [D] 29 = provider; 16 = client [I]
  country INT NULL,                          -- [W]
  registration_date DATETIME NULL,           -- [W]
  project INT NULL,                          -- [I] may live only in subaccount
  attitude INT NULL,                         -- [W] (written through account.edit)
  note    TEXT NULL,                         -- [I]
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE `user` (
  id       INT NOT NULL AUTO_INCREMENT,      -- [W]
  account  INT NULL,                         -- [W] several users per account; lowest id = owner by convention [W]
  name     VARCHAR(255) NOT NULL,            -- [W] login, normally the e-mail
  realname VARCHAR(255) NULL,                -- [W]
  email    VARCHAR(255) NULL,                -- [W]
  phone    VARCHAR(64) NULL,                 -- [W]
  language VARCHAR(8) NULL,                  -- [W]
  level    SMALLINT NULL,                    -- [W] 16 client, 29 employee/provider, 30 root (values from COREmanager docs)
  enabled  ENUM('on','off') DEFAULT 'on',    -- [W]
  password VARCHAR(255) NULL,                -- [W] crypt(3) hash, $5$ seen
  PRIMARY KEY (id),
  UNIQUE KEY name (name),
  KEY account (account),
  CONSTRAINT user_account FOREIGN KEY (account) REFERENCES account (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE measure (                       -- unit chain: 1 unit = relation * lessmeasure
  id          INT NOT NULL AUTO_INCREMENT,   -- [W]
  intname     VARCHAR(32) NOT NULL,          -- [W] byte kib mib gib tib ... 
  name        VARCHAR(64) NULL,              -- [W]
  name_ru     VARCHAR(64) NULL,              -- [W]
  lessmeasure INT NULL,                      -- [W] next smaller unit, NULL at the bottom
  relation    INT NULL,                      -- [W] factor to lessmeasure (read as integer)
  PRIMARY KEY (id),
  UNIQUE KEY intname (intname),
  CONSTRAINT measure_less FOREIGN KEY (lessmeasure) REFERENCES measure (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE itemtype (                      -- product types AND add-on types
  id            INT NOT NULL AUTO_INCREMENT, -- [W][D]
  intname       VARCHAR(64) NOT NULL,        -- [W][D] also the prefix of the API functions of a product type
  name          VARCHAR(255) NOT NULL,       -- [W][D]
  name_ru       VARCHAR(255) NULL,           -- [W]
  parent        INT NULL,                    -- [I] product type an add-on type belongs to
  orderpriority INT NULL,                    -- [W][D]
  itemname      TEXT NULL,                   -- [D] XSLT name template
  trialtype     SMALLINT NULL,               -- [D]
  splitexpense  ENUM('on','off') NULL,       -- [D]
  nostopholidays ENUM('on','off') NULL,      -- [D][W]
  open_duration_limit INT NULL,              -- [D] (text cut off in the stored copy)
  closetype     SMALLINT NULL,               -- [W] sent to itemtype.edit
  closesubtype  SMALLINT NULL,               -- [W] sent to itemtype.edit
  PRIMARY KEY (id),
  KEY intname (intname)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE enumeration (
  id      INT NOT NULL AUTO_INCREMENT,       -- [W]
  intname VARCHAR(64) NOT NULL,              -- [W]
  name    VARCHAR(255) NULL,                 -- [W]
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE enumerationitem (
  id          INT NOT NULL AUTO_INCREMENT,   -- [W]
  enumeration INT NOT NULL,                  -- [I]
  intname     VARCHAR(64) NOT NULL,          -- [W]
  name        VARCHAR(255) NULL,             -- [I]
  name_ru     VARCHAR(255) NULL,             -- [W]
  PRIMARY KEY (id),
  CONSTRAINT ei_enum FOREIGN KEY (enumeration) REFERENCES enumeration (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Tariffs AND their add-ons/resources. parent IS NULL: a tariff. parent = tariff id: an add-on of that tariff.
CREATE TABLE pricelist (
  id       INT NOT NULL AUTO_INCREMENT,      -- [W]
  parent   INT NULL,                         -- [W]
  compound INT NULL,                         -- [W] option of a compound add-on: id of that add-on row
  itemtype INT NOT NULL,                     -- [W] product type, or add-on type on an add-on row
  intname  VARCHAR(128) NULL,                -- [W] internal name; on add-ons it wins over itemtype.intname
  name     VARCHAR(255) NOT NULL,            -- [W][D]
  name_ru  VARCHAR(255) NULL,                -- [W]
  manualname ENUM('on','off') DEFAULT 'off', -- [W]
  project  INT NULL,                         -- [W]
  active   ENUM('on','off') DEFAULT 'on',    -- [W]
  orderpriority INT NULL,                    -- [W][D]
  addontype SMALLINT NULL,                   -- [W] 0 unknown 1 boolean 2 integer 3 enumeration
  billtype  SMALLINT NULL,                   -- [W] 0 unknown 1 none 2 ordered 3 by statistics 4 compound 5 calculated 10 manual
  measure   INT NULL,                        -- [W] unit of an integer add-on
  addonlimit BIGINT NULL,                    -- [W] amount included in the tariff
  addonmin   BIGINT NULL,                    -- [W]
  addonmax   BIGINT NULL,                    -- [W] ceiling; the limit for billtype 3
  addonstep  BIGINT NULL,                    -- [W]
  addonmaxtrial   BIGINT NULL,               -- [W] cap while the service is a trial (period -100)
  addonlimittrial BIGINT NULL,               -- [W]
  addonbool ENUM('on','off') NULL,           -- [W]
  enumeration     INT NULL,                  -- [W]
  enumerationitem INT NULL,                  -- [W] default choice
  scaletype   SMALLINT NULL,                 -- [W]
  orderpolicy SMALLINT NULL,                 -- [W]
  roundtype   SMALLINT NULL,                 -- [W]
  manualprocessing ENUM('on','off') NULL,    -- [W]
  trial ENUM('on','off') NULL,               -- [W] column seen, type a guess
  suspendpenaltytype SMALLINT NULL,          -- [W]
  restrictclientchange ENUM('on','off') NULL,-- [W]
  changepolicy SMALLINT NULL,                -- [I] tariff-change policy; name not confirmed by any source
  PRIMARY KEY (id),
  KEY parent (parent), KEY compound (compound), KEY itemtype (itemtype),
  CONSTRAINT pl_parent   FOREIGN KEY (parent)   REFERENCES pricelist (id) ON DELETE CASCADE,
  CONSTRAINT pl_compound FOREIGN KEY (compound) REFERENCES pricelist (id) ON DELETE CASCADE,
  CONSTRAINT pl_itemtype FOREIGN KEY (itemtype) REFERENCES itemtype (id),
  CONSTRAINT pl_measure  FOREIGN KEY (measure)  REFERENCES measure (id),
  CONSTRAINT pl_project  FOREIGN KEY (project)  REFERENCES project (id),
  CONSTRAINT pl_ei       FOREIGN KEY (enumerationitem) REFERENCES enumerationitem (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE pricelistparam (                -- module settings of a tariff (pricelist_dynamic_settings), e.g. usergroup
  id        INT NOT NULL AUTO_INCREMENT,     -- [I]
  pricelist INT NOT NULL,                    -- [W]
  intname   VARCHAR(128) NOT NULL,           -- [W]
  value     TEXT NULL,                       -- [W]
  PRIMARY KEY (id),
  UNIQUE KEY pricelist_intname (pricelist, intname),
  CONSTRAINT plp_pricelist FOREIGN KEY (pricelist) REFERENCES pricelist (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE processingmodule (              -- one configured instance (a Nextcloud server)
  id     INT NOT NULL AUTO_INCREMENT,        -- [W]
  name   VARCHAR(255) NOT NULL,              -- [W][D]
  module VARCHAR(64) NOT NULL,               -- [W][D] executable name, e.g. pmnextcloud
  active ENUM('on','off') DEFAULT 'on',      -- [W]
  orderpriority INT NULL,                    -- [W][D]
  datacenter INT NULL,                       -- [W] via processing.add.settings
  department INT NULL,                       -- [W] who gets the manual tasks
  ipmgr  INT NULL,                           -- [W]
  config MEDIUMTEXT NULL,                    -- [W] XML blob, set by processing.setconfig
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE processingparam (
  id INT NOT NULL AUTO_INCREMENT,            -- [W]
  processingmodule INT NOT NULL,             -- [W]
  intname VARCHAR(128) NOT NULL,             -- [W]
  value   TEXT NULL,                         -- [W]
  PRIMARY KEY (id),
  UNIQUE KEY pm_intname (processingmodule, intname),
  CONSTRAINT pp_pm FOREIGN KEY (processingmodule) REFERENCES processingmodule (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE processingcryptedparam (        -- value = base64( RSA PKCS#1 v1.5 with the key etc/billmgr.pem ) [W]
  id INT NOT NULL AUTO_INCREMENT,            -- [I]
  processingmodule INT NOT NULL,             -- [W]
  intname VARCHAR(128) NOT NULL,             -- [W]
  value   TEXT NULL,                         -- [W]
  PRIMARY KEY (id),
  UNIQUE KEY pm_intname (processingmodule, intname),
  CONSTRAINT pcp_pm FOREIGN KEY (processingmodule) REFERENCES processingmodule (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE processingmodule2pricelist (    -- which module instances may open services of a tariff
  id INT NOT NULL AUTO_INCREMENT,            -- [I]
  processingmodule INT NOT NULL,             -- [W]
  pricelist INT NOT NULL,                    -- [W]
  PRIMARY KEY (id),
  UNIQUE KEY pm_pl (processingmodule, pricelist),
  CONSTRAINT pm2pl_pm FOREIGN KEY (processingmodule) REFERENCES processingmodule (id) ON DELETE CASCADE,
  CONSTRAINT pm2pl_pl FOREIGN KEY (pricelist) REFERENCES pricelist (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Services AND the clients' add-on rows. parent IS NULL: a service. parent = service id: an add-on of it,
-- whose pricelist is the add-on row of the tariff.
CREATE TABLE item (
  id        INT NOT NULL AUTO_INCREMENT,     -- [W]
  parent    INT NULL,                        -- [W]
  name      VARCHAR(255) NULL,               -- [W]
  account   INT NULL,                        -- [W]
  pricelist INT NULL,                        -- [W]
  lastpricelist INT NULL,                    -- [W] previous tariff while a tariff change is being processed; else NULL
  processingmodule INT NULL,                 -- [W] NULL until a module is chosen
  period    INT NULL,                        -- [W][D] months; -100 trial, -50 daily, 0 one-off
  status    SMALLINT NOT NULL DEFAULT 1,     -- [W] 1 ordered 2 active 3 suspended 4 deleted 5 in progress (0 unknown)
  specialstatus INT NULL,                    -- [W] per-type "service status"; set by service.setstatus [I]
  autosuspend     ENUM('on','off') NULL,     -- [W] suspended by the billing itself (unpaid/expired)
  employeesuspend ENUM('on','off') NULL,     -- [W] suspended by an administrator
  abusesuspend    ENUM('on','off') NULL,     -- [W] suspended for abuse
  suspenddate DATE NULL,                     -- [W]
  createdate DATE NULL,                      -- [W] date or datetime unknown
  opendate   DATE NULL,                      -- [W]
  expiredate DATE NULL,                      -- [W]
  scheduledclose VARCHAR(32) NULL,           -- [W] meaning and type unknown (planned deletion)
  autoprolong INT NULL,                      -- [W] period of auto renewal, NULL = off, -50 = daily
  autoassign ENUM('on','off') NULL,          -- [W]
  remoteid  VARCHAR(64) NULL,                -- [W][D] id on a reselling panel's side
  currency  INT NULL,                        -- [W]
  cost      DECIMAL(19,4) NULL,              -- [W]
  costperiod INT NULL,                       -- [W]
  costdate  DATE NULL,                       -- [W]
  price     INT NULL,                        -- [W]
  fixedprices ENUM('on','off') NULL,         -- [W]
  -- add-on values (child rows):
  intvalue   BIGINT NULL,                    -- [W] ordered amount ON TOP of the included limit
  boolvalue  ENUM('on','off') NULL,          -- [W]
  enumerationitem INT NULL,                  -- [W]
  enumerationitem_addonenumerationitem INT NULL, -- [W]
  addonlimit BIGINT NULL,                    -- [W] personal override of pricelist.addonlimit
  addonmax   BIGINT NULL,                    -- [W] personal override
  addonbool  ENUM('on','off') NULL,          -- [W]
  addonlimittrial BIGINT NULL,               -- [W]
  addonmaxtrial   BIGINT NULL,               -- [W]
  PRIMARY KEY (id),
  KEY parent (parent), KEY account (account), KEY pricelist (pricelist),
  KEY processingmodule (processingmodule), KEY status (status),
  CONSTRAINT item_parent FOREIGN KEY (parent) REFERENCES item (id) ON DELETE CASCADE,
  CONSTRAINT item_account FOREIGN KEY (account) REFERENCES account (id),
  CONSTRAINT item_pricelist FOREIGN KEY (pricelist) REFERENCES pricelist (id),
  CONSTRAINT item_lastpricelist FOREIGN KEY (lastpricelist) REFERENCES pricelist (id),
  CONSTRAINT item_pm FOREIGN KEY (processingmodule) REFERENCES processingmodule (id),
  CONSTRAINT item_ei FOREIGN KEY (enumerationitem) REFERENCES enumerationitem (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE itemparam (
  id      INT NOT NULL AUTO_INCREMENT,       -- [W] column; auto-increment NOT sure: old code inserts MAX(id)+1 itself
  item    INT NOT NULL,                      -- [W]
  intname VARCHAR(128) NOT NULL,             -- [W] username, url, service_status, domain, ...
  value   TEXT NULL,                         -- [W]
  PRIMARY KEY (id),
  UNIQUE KEY item_intname (item, intname),   -- [W] (ON DUPLICATE KEY UPDATE value relies on it)
  CONSTRAINT ip_item FOREIGN KEY (item) REFERENCES item (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE itemcryptedparam (              -- same coding as processingcryptedparam
  id      INT NOT NULL AUTO_INCREMENT,       -- [I]
  item    INT NOT NULL,                      -- [W]
  intname VARCHAR(128) NOT NULL,             -- [W] userpassword, ...
  value   TEXT NULL,                         -- [W]
  PRIMARY KEY (id),
  UNIQUE KEY item_intname (item, intname),
  CONSTRAINT icp_item FOREIGN KEY (item) REFERENCES item (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE itemstat (                      -- one value per service, day and parameter
  id       BIGINT NOT NULL AUTO_INCREMENT,   -- [I] the vendor's library inserts without naming it
  item     INT NOT NULL,                     -- [W]
  statdate DATE NOT NULL,                    -- [W] written as YYYY-MM-DD
  param    VARCHAR(64) NOT NULL,             -- [W] add-on internal name: disk / disc
  value    DECIMAL(27,4) NOT NULL DEFAULT 0, -- [W] in `measure`; type unknown, the library sends a float
  measure  INT NULL,                         -- [W] measure.id
  PRIMARY KEY (id),
  UNIQUE KEY item_day_param (item, statdate, param), -- key existence [W] (ON DUPLICATE KEY UPDATE), its columns [I]
  CONSTRAINT is_item FOREIGN KEY (item) REFERENCES item (id) ON DELETE CASCADE,
  CONSTRAINT is_measure FOREIGN KEY (measure) REFERENCES measure (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE runningoperation (
  id       INT NOT NULL AUTO_INCREMENT,      -- [W][D]
  item     INT NULL,                         -- [W][D]
  intname  VARCHAR(64) NOT NULL,             -- [W] module command: open suspend resume close setparam prolong ...
  trycount INT NOT NULL DEFAULT 0,           -- [W][D]
  manual   ENUM('on','off') DEFAULT 'off',   -- [W] (parameter of runningoperation.edit)
  errorxml MEDIUMTEXT NULL,                  -- [W] (parameter of runningoperation.edit)
  cdate    DATETIME NULL,                    -- [D] list field "Creation date"; column name [I]
  processingmodule INT NULL,                 -- [D] list field; may be joined through item
  PRIMARY KEY (id),
  KEY item (item),
  CONSTRAINT ro_item FOREIGN KEY (item) REFERENCES item (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE task (                          -- manual task for staff
  id     INT NOT NULL AUTO_INCREMENT,        -- [W]
  type   VARCHAR(64) NULL,                   -- [W]
  item   INT NULL,                           -- [W]
  status SMALLINT NOT NULL DEFAULT 0,        -- [W] 0 opened 1 in work 2 closed
  runningoperation INT NULL,                 -- [W]
  params TEXT NULL,                          -- [W]
  PRIMARY KEY (id), KEY item (item), KEY runningoperation (runningoperation)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- history_<table>: the panel writes one row per UPDATE/INSERT of a tracked table, in the same transaction.
-- The general layout (reference, fromdate, changedate, changedfields, request_*, username, <col> + <col>_new) is [W]
-- from a real trace of history_payment; history_item itself is [W] only for reference/changedate/request_action.
-- WHICH item columns are tracked is [I]; only changed columns are filled, the others stay NULL.
CREATE TABLE history_item (
  id             BIGINT NOT NULL AUTO_INCREMENT, -- [I] not named by the panel's INSERT
  reference      INT NOT NULL,               -- [W] item.id
  fromdate       DATETIME NULL,              -- [W] changedate of the previous history row of the same object; NULL on the first
  changedate     DATETIME NOT NULL,          -- [W] second resolution, panel's local time
  changedfields  TEXT NULL,                  -- [W] comma list of column names, alphabetical, no spaces
  request_action VARCHAR(128) NULL,          -- [W] function that made the change, e.g. service.postresume
  request_ip     VARCHAR(64) NULL,           -- [W] client address; for a local call the SSH_CONNECTION text = module name
  username       VARCHAR(255) NULL,          -- [W] 'root' for local calls; 'boss(1)#client(4)' when staff acts as a client
  status SMALLINT NULL, status_new SMALLINT NULL,                         -- pairs: existence per column [I]
  pricelist INT NULL, pricelist_new INT NULL,
  lastpricelist INT NULL, lastpricelist_new INT NULL,
  processingmodule INT NULL, processingmodule_new INT NULL,
  account INT NULL, account_new INT NULL,
  expiredate DATE NULL, expiredate_new DATE NULL,
  autosuspend VARCHAR(3) NULL, autosuspend_new VARCHAR(3) NULL,
  employeesuspend VARCHAR(3) NULL, employeesuspend_new VARCHAR(3) NULL,
  abusesuspend VARCHAR(3) NULL, abusesuspend_new VARCHAR(3) NULL,
  intvalue BIGINT NULL, intvalue_new BIGINT NULL,
  PRIMARY KEY (id), KEY reference (reference), KEY changedate (changedate)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE currency (
  id     INT NOT NULL AUTO_INCREMENT,        -- [W] own numbering, 126 = RUB on a fresh panel
  iso    CHAR(3) NOT NULL,                   -- [W]
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE subaccount (                    -- the money account of a client at one provider, one per currency
  id       INT NOT NULL AUTO_INCREMENT,      -- [W]
  account  INT NOT NULL,                     -- [W]
  project  INT NOT NULL,                     -- [W]
  currency INT NULL,                         -- [W]
  balance  DECIMAL(19,4) NOT NULL DEFAULT 0, -- [D]
  PRIMARY KEY (id),
  KEY account_project (account, project),
  CONSTRAINT subaccount_account FOREIGN KEY (account) REFERENCES account (id) ON DELETE CASCADE,
  CONSTRAINT subaccount_project FOREIGN KEY (project) REFERENCES project (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE paymethod (
  id        INT NOT NULL AUTO_INCREMENT,     -- [W]
  name      VARCHAR(255) NULL,               -- [D]
  module    VARCHAR(64) NOT NULL,            -- [W] pmXXX
  currency  INT NULL,                        -- [W]
  xmlparams MEDIUMTEXT NULL,                 -- [W] <doc> with the fields of the settings' form, in clear
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE payment (
  id INT NOT NULL AUTO_INCREMENT,            -- [W]
  number VARCHAR(64) NULL,                   -- [W] prefix/id, set by a second UPDATE
  subaccount INT NULL,                       -- [W]
  paymethod INT NULL,                        -- [W]
  currency INT NULL,                         -- [W]
  status SMALLINT NOT NULL DEFAULT 1,        -- [W] 1 new 8 waiting for the pay page 2 being paid 4 paid 7 fraud 9 cancelled
  createdate DATETIME NULL,                  -- [W]
  paydate DATETIME NULL,                     -- [W]
  paymethodamount DECIMAL(19,4) NULL,        -- [W]
  subaccountamount DECIMAL(19,4) NULL,       -- [W]
  usedamount DECIMAL(19,4) NULL,             -- [W]
  billorder INT NULL,                        -- [W] the order being paid
  description TEXT NULL,                     -- [W]
  randomnumber VARCHAR(32) NULL,             -- [W] form idempotency token
  externalid VARCHAR(255) NULL,              -- [W]
  info TEXT NULL,                            -- [W] free text from payment.set*
  xmlparams MEDIUMTEXT NULL,                 -- [W] <doc> with remote_ip, manager_url, user_id
  PRIMARY KEY (id), KEY subaccount (subaccount), KEY billorder (billorder)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE billorderitem (                 -- what an order pays for
  id INT NOT NULL AUTO_INCREMENT,            -- [I]
  billorder INT NULL,                        -- [W]
  item INT NULL,                             -- [W]
  operation VARCHAR(64) NULL,                -- [W]
  PRIMARY KEY (id), KEY item (item)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE expense (
  id INT NOT NULL AUTO_INCREMENT,            -- [W]
  item INT NULL,                             -- [W]
  operation VARCHAR(64) NULL,                -- [W]
  realdate DATE NULL,                        -- [W]
  amount DECIMAL(19,4) NULL,                 -- [W]
  subaccount INT NULL,                       -- [W]
  PRIMARY KEY (id), KEY item (item)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE core_session (
  id    VARCHAR(64) NOT NULL,                -- [W] the auth value, cookie billmgrses5
  name  VARCHAR(64) NOT NULL,                -- [W] user.id as text
  ip    VARCHAR(64) NULL,                    -- [W]
  atime INT NULL,                            -- [W]
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

SET FOREIGN_KEY_CHECKS = 1;

-- The unit chain; real ids differ from panel to panel.
INSERT INTO measure (id, intname, name, lessmeasure, relation) VALUES
  (1, 'byte', 'B', NULL, NULL), (2, 'kib', 'KiB', 1, 1024), (3, 'mib', 'MiB', 2, 1024),
  (4, 'gib', 'GiB', 3, 1024), (5, 'tib', 'TiB', 4, 1024);
