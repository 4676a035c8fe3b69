"""The city file: the only room that knows SQL."""

from madang.store.branches import Branch as Branch
from madang.store.file import is_open_city as is_open_city
from madang.store.geopackage import Layer as Layer
from madang.store.hubbook import Entry as Entry
from madang.store.hubbook import Kind as Kind
from madang.store.lock import Lock as Lock
from madang.store.lock import inspect_lock as inspect_lock
from madang.store.merging import EntityChange as EntityChange
from madang.store.merging import MergeConflict as MergeConflict
from madang.store.observations import Observed as Observed
from madang.store.reading import HistoryEntry as HistoryEntry
from madang.store.reading import Version as Version
from madang.store.reading import View as View
from madang.store.seat import Seat as Seat
from madang.store.store import CityInfo as CityInfo
from madang.store.store import Store as Store
from madang.store.transaction import Change as Change
from madang.store.transaction import Transaction as Transaction
from madang.store.verify import Problem as Problem
from madang.store.verify import StoreReport as StoreReport
from madang.store.writing import Tx as Tx
