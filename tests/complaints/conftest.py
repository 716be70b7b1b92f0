"""What the catalogue of complaints borrows: a bench, an installation, and sandboxes."""

from tests.cli.conftest import office as office
from tests.cli.conftest import program as program
from tests.cli.test_status import heard as heard
from tests.faults.conftest import home as home
from tests.flow.conftest import bench as bench
from tests.flow.conftest import make_bench as make_bench
