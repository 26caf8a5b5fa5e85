"""All settings, a file for each subject; every limit is named once, with its unit.

Django reads them here. Each file imports what it needs of the others by name.
"""

from config.settings.base import *
from config.settings.database import *
from config.settings.delivery import *
from config.settings.engines import *
from config.settings.follow import *
from config.settings.http import *
from config.settings.log import *
from config.settings.logging import *
from config.settings.pages import *
from config.settings.people import *
from config.settings.retention import *
from config.settings.runners import *
from config.settings.tools import *
from config.settings.web import *
