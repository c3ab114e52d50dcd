<?php

use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Schema;

return new class extends Migration
{
    public function up()
    {
        Schema::table('unicorns', function (Blueprint $table) {
            $table->string('glitter', 20)->nullable();
        });
        Schema::create('glitter_sorts', function (Blueprint $table) {
            $table->id();
            $table->string('colour', 20);
        });
    }

    public function down()
    {
        Schema::dropIfExists('glitter_sorts');
        // Laravel 8 would make the whole table anew on SQLite, with types of its own.
        DB::statement('ALTER TABLE unicorns DROP COLUMN glitter');
    }
};
