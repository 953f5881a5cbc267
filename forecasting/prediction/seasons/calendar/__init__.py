"""What the calendar adds to days, weeks and months beyond their seasons."""
